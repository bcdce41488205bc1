// SPDX-License-Identifier: Apache-2.0
// Whether a file is a PNG or JPEG that arrived whole: what stb_image does not check. Internal to
// the room.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace ridgeback::data {

/// Throws FormatError for a PNG with a chunk that is cut off or whose checksum is wrong, or without
/// its end, for a JPEG without its end or with a Huffman table of more than 256 codes, and for all
/// other data.
void check_image_container(std::span<const std::uint8_t> data, std::string_view name);

}  // namespace ridgeback::data
