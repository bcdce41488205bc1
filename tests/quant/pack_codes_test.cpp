// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/error.hpp"
#include "ridgeback/core/random.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/quant/quant.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <cstring>
#include <gtest/gtest.h>

#include "harness/device.hpp"

namespace ridgeback::test {
namespace {

std::vector<std::int32_t> codes_of(DType type, std::int64_t count) {
  const CodeRange range = code_range(type);
  Random random(static_cast<std::uint64_t>(count));
  std::vector<std::int32_t> codes(static_cast<std::size_t>(count));
  for (std::int32_t& code : codes) {
    const auto span = static_cast<std::uint32_t>(range.highest - range.lowest + 1);
    code = range.lowest + static_cast<std::int32_t>(random.below(span));
    if (type == DType::s1 && code == 0) code = 1;
  }
  return codes;
}

class PackCodes : public testing::TestWithParam<DType> {};

TEST_P(PackCodes, AgreesWithTheHostAndComesBack) {
  const DType type = GetParam();
  for (const Shape& shape : std::vector<Shape>{
           {1, 1}, {3, 31}, {2, 32}, {5, 33}, {4, 127}, {2, 3, 130}, {1, 1000}, {0, 5}, {3, 0}}) {
    const auto [rows, cols] = as_matrix(shape);
    const std::vector<std::int32_t> codes = codes_of(type, shape.count());
    const Tensor in = input(shape, DType::i32);
    const Tensor packed = quant::pack_codes(in, type);
    const Tensor back = quant::unpack_codes(packed);
    Executable step = compile(test_device(), {packed, back}, {}, {.guards = true});
    step.set(in, codes);
    step.run();
    step.check_guards();
    if (shape.count() == 0) continue;
    EXPECT_EQ(step.get<std::uint32_t>(packed), pack(type, codes, rows, cols)) << shape.text();
    EXPECT_EQ(step.get<std::int32_t>(back), codes) << shape.text();
  }
}

INSTANTIATE_TEST_SUITE_P(Types, PackCodes,
                         testing::Values(DType::b1, DType::s1, DType::ternary, DType::i2, DType::i4,
                                         DType::i8),
                         [](const auto& instance) { return std::string(name(instance.param)); });

// The words that perturb writes are those that the host packs, padding included.
TEST(PackedCodes, OfPerturbHaveTheHostsLayout) {
  using quant::Codebook;
  const std::vector<quant::Perturbation> kinds{{.bits = 1},
                                               {.bits = 1, .codebook = Codebook::sign_mean},
                                               {.bits = 1, .sparsity = quant::n_of_m(2, 4)},
                                               {.bits = 2},
                                               {.bits = 3},
                                               {.bits = 5},
                                               {.bits = quant::ternary_bits}};
  for (const std::int64_t cols : {1, 31, 33, 64, 100, 130}) {
    Random random(2);
    std::vector<float> x(static_cast<std::size_t>(3 * cols));
    for (float& v : x) v = random.normal();
    // Whole quads of columns in one of the variants for each type, the other one at other lengths.
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      const quant::Perturbation& options = kinds[i];
      for (const bool team : {false, true}) {
        const char* variant = team ? "team" : "baseline";
        if (cols % 4 == 0 && team != ((i % 2 == 0) == (cols == 64))) continue;
        const Tensor in = input({3, cols});
        const quant::Perturbed p = quant::perturb(in, options);
        Executable step = compile(test_device(), {p.codes}, {},
                                  {.forced = {{"perturb", variant}}, .guards = true});
        step.set(in, x);
        step.run();
        step.check_guards();
        const auto words = step.get<std::uint32_t>(p.codes);
        const auto codes = unpack(p.codes.dtype(), words, 3, cols);
        EXPECT_EQ(words, pack(p.codes.dtype(), codes, 3, cols))
            << quant::text(options) << " " << cols << " " << variant;
      }
    }
  }
}

TEST(PackedCodes, RefuseOtherTypes) {
  EXPECT_THROW((void)quant::pack_codes(input({2, 4}), DType::i4), InvalidArgument);
  EXPECT_THROW((void)quant::pack_codes(input({2, 4}, DType::i32), DType::f32), InvalidArgument);
  EXPECT_THROW((void)quant::unpack_codes(input({2, 4}, DType::i32)), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::test
