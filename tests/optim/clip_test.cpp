// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/optim/clip.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <gtest/gtest.h>

#include "harness/device.hpp"

namespace ridgeback::optim {
namespace {

using test::test_device;

struct Outcome {
  std::vector<float> a;
  std::vector<float> b;
  float norm = 0;
};

// The norm of these is 13.
Outcome clip(float max_norm) {
  const Tensor a = input({2}), b = input({3});
  const std::vector<Tensor> gradients{a, Tensor{}, b};
  const Clipped clipped = clip_by_global_norm(gradients, max_norm);
  EXPECT_FALSE(static_cast<bool>(clipped.gradients[1]));
  Executable e = compile(test_device(), {clipped.gradients[0], clipped.gradients[2], clipped.norm});
  e.set(a, std::vector<float>{3, 0});
  e.set(b, std::vector<float>{0, -4, 12});
  e.run();
  return {e.get<float>(clipped.gradients[0]), e.get<float>(clipped.gradients[2]),
          e.get<float>(clipped.norm)[0]};
}

TEST(Clip, ScalesAllGradientsToTheGlobalNorm) {
  const Outcome run = clip(6.5F);
  EXPECT_FLOAT_EQ(run.norm, 13);
  EXPECT_NEAR(run.a[0], 1.5, 1e-6);
  EXPECT_NEAR(run.b[1], -2, 1e-6);
  EXPECT_NEAR(run.b[2], 6, 1e-6);
}

TEST(Clip, LeavesSmallGradientsAsTheyAre) {
  const Outcome run = clip(14);
  EXPECT_EQ(run.a, (std::vector<float>{3, 0}));
  EXPECT_EQ(run.b, (std::vector<float>{0, -4, 12}));
}

TEST(Clip, ByValueTouchesOnlyWhatIsLarger) {
  const Tensor a = input({4});
  const std::vector<Tensor> gradients{Tensor{}, a};
  const std::vector<Tensor> clipped = clip_by_value(gradients, 2);
  EXPECT_FALSE(static_cast<bool>(clipped[0]));
  Executable e = compile(test_device(), {clipped[1]});
  e.set(a, std::vector<float>{-3, 1.5F, 2, 1e9F});
  e.run();
  EXPECT_EQ(e.get<float>(clipped[1]), (std::vector<float>{-2, 1.5F, 2, 2}));
}

TEST(Clip, RefusesLimitsThatAreNone) {
  EXPECT_THROW((void)clip_by_global_norm({}, 0), InvalidArgument);
  EXPECT_THROW((void)clip_by_value({}, -1), InvalidArgument);
}

TEST(Clip, OfNothingHasNormZero) {
  const Clipped clipped = clip_by_global_norm({}, 1);
  Executable e = compile(test_device(), {clipped.norm});
  e.run();
  EXPECT_EQ(e.get<float>(clipped.norm)[0], 0.0F);
}

}  // namespace
}  // namespace ridgeback::optim
