// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/deploy/stored_spec.hpp"

#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/compact.hpp"
#include "ridgeback/core/error.hpp"

#include <cstring>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <span>

namespace ridgeback::deploy {

StoredSpec stored_spec(const TensorSpec& spec) {
  if (is_packed(spec.dtype)) {
    const auto [rows, cols] = as_matrix(spec.shape);
    return {"U32", {rows, words_per_row(spec.dtype, cols)}};
  }
  const auto extents = spec.shape.extents();
  std::string dtype = "F32";
  if (spec.dtype == DType::f16) dtype = "F16";
  if (spec.dtype == DType::i32) dtype = "I32";
  if (spec.dtype == DType::u32) dtype = "U32";
  return {dtype, {extents.begin(), extents.end()}};
}

void leave_out_zeros(io::StoredTensor& stored, const TensorSpec& spec) {
  if (!can_compact(spec.dtype) || spec.shape.rank() < 2) return;
  const auto [rows, cols] = as_matrix(spec.shape);
  std::vector<std::uint32_t> words(stored.bytes.size() / 4);
  std::memcpy(words.data(), stored.bytes.data(), words.size() * 4);
  const std::vector<std::uint32_t> small = compact(spec.dtype, words, rows, cols);
  if (small.empty()) return;
  stored = io::store_u32(stored.name, {static_cast<std::int64_t>(small.size())}, small);
}

std::vector<std::byte> dense_bytes(const io::StoredTensor& stored, const TensorSpec& spec) {
  const StoredSpec expected = stored_spec(spec);
  if (stored.dtype == expected.dtype && stored.shape == expected.shape) return stored.bytes;
  const bool is_compact = can_compact(spec.dtype) && spec.shape.rank() >= 2 &&
                          stored.dtype == "U32" && stored.shape.size() == 1;
  require(is_compact, fmt::format("does not fit the model (got {} [{}], expected {} [{}])",
                                  stored.dtype, fmt::join(stored.shape, ", "), expected.dtype,
                                  fmt::join(expected.shape, ", ")));
  const auto [rows, cols] = as_matrix(spec.shape);
  const std::vector<std::uint32_t> words = expand(spec.dtype, io::u32_values(stored), rows, cols);
  const auto bytes = std::as_bytes(std::span(words));
  return {bytes.begin(), bytes.end()};
}

}  // namespace ridgeback::deploy
