// SPDX-License-Identifier: Apache-2.0
// Codes as i32 and as packed words, on the device.
#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/quant/block_shape.hpp"
#include "ridgeback/quant/quant.hpp"

#include <fmt/core.h>
#include <quant/pack_codes.h>
#include <quant/unpack_codes.h>

namespace ridgeback::quant {
namespace {

struct PackCodes final : OperationOf<PackCodes> {
  DType type = DType::b1;

  bool operator==(const PackCodes&) const = default;
  [[nodiscard]] std::string_view name() const override { return "pack_codes"; }
  [[nodiscard]] std::string attributes() const override {
    return std::string(ridgeback::name(type));
  }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    require(in[0].dtype == DType::i32 && in[0].shape.rank() >= 1,
            fmt::format("pack_codes: codes must be i32 with an axis (got {})", in[0].text()));
    require(is_packed(type),
            fmt::format("pack_codes: not a packed type (got {})", ridgeback::name(type)));
    return {{in[0].shape, type}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const auto [rows, cols] = as_matrix(c.in[0].shape);
    if (rows * cols == 0) return {};
    const std::int64_t pitch = words_per_row(type, cols);
    return {plain_dispatch("pack_codes", c, rows * pitch)
                .specialize(type)
                .push(shaders::PackCodesParams{static_cast<std::uint32_t>(rows),
                                               static_cast<std::uint32_t>(cols),
                                               static_cast<std::uint32_t>(pitch)})
                .read(0)
                .write(0)
                .cost(0, static_cast<double>(c.in[0].bytes() + c.out[0].bytes()))};
  }
};

struct UnpackCodes final : OperationOf<UnpackCodes> {
  bool operator==(const UnpackCodes&) const = default;
  [[nodiscard]] std::string_view name() const override { return "unpack_codes"; }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    require(is_packed(in[0].dtype) && in[0].shape.rank() >= 1,
            fmt::format("unpack_codes: codes must be packed (got {})", in[0].text()));
    return {{in[0].shape, DType::i32}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const auto [rows, cols] = as_matrix(c.in[0].shape);
    if (rows * cols == 0) return {};
    const std::int64_t pitch = words_per_row(c.in[0].dtype, cols);
    return {plain_dispatch("unpack_codes", c, rows * cols)
                .specialize(c.in[0].dtype)
                .push(shaders::UnpackCodesParams{static_cast<std::uint32_t>(rows),
                                                 static_cast<std::uint32_t>(cols),
                                                 static_cast<std::uint32_t>(pitch)})
                .read(0)
                .write(0)
                .cost(0, static_cast<double>(c.in[0].bytes() + c.out[0].bytes()))};
  }
};

}  // namespace

Tensor pack_codes(const Tensor& codes, DType type) {
  PackCodes operation;
  operation.type = type;
  return apply(std::move(operation), {codes});
}

Tensor unpack_codes(const Tensor& packed) {
  return apply(UnpackCodes{}, {packed});
}

}  // namespace ridgeback::quant
