// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/optim/schedule.hpp"

#include "ridgeback/core/error.hpp"

#include <gtest/gtest.h>

namespace ridgeback::optim {
namespace {

std::string message_of(std::string_view text) {
  try {
    (void)schedule_from_text(text);
  } catch (const InvalidArgument& error) {
    return error.what();
  }
  return "";
}

TEST(Schedule, ConstantStaysAtOne) {
  for (const std::int64_t step : {1, 50, 100, 1000}) EXPECT_EQ(constant().at(step, 100), 1.0);
}

TEST(Schedule, CosineFallsFromOneToTheFloor) {
  EXPECT_DOUBLE_EQ(cosine().at(1, 100), 1.0);
  EXPECT_NEAR(cosine().at(26, 100), 0.85355339059327373, 1e-12);
  EXPECT_DOUBLE_EQ(cosine().at(51, 100), 0.5);
  EXPECT_NEAR(cosine().at(101, 100), 0.0, 1e-15);
  EXPECT_NEAR(cosine().at(100, 100), 2.4672e-4, 1e-8);
  const Schedule floored = cosine({.floor = 0.2});
  EXPECT_DOUBLE_EQ(floored.at(51, 100), 0.6);
  EXPECT_DOUBLE_EQ(floored.at(500, 100), 0.2);
}

TEST(Schedule, LinearFallsEvenly) {
  const Schedule s = linear({.floor = 0.5});
  EXPECT_DOUBLE_EQ(s.at(1, 10), 1.0);
  EXPECT_DOUBLE_EQ(s.at(6, 10), 0.75);
  EXPECT_DOUBLE_EQ(s.at(11, 10), 0.5);
  EXPECT_DOUBLE_EQ(s.at(99, 10), 0.5);
}

TEST(Schedule, StepDropsAtEachInterval) {
  const Schedule s = step_decay({.every = 3, .factor = 0.5});
  const double expected[] = {1, 1, 1, 0.5, 0.5, 0.5, 0.25};
  for (std::int64_t step = 1; step <= 7; ++step)
    EXPECT_DOUBLE_EQ(s.at(step, 100), expected[step - 1]) << step;
}

TEST(Schedule, ExponentialMultipliesEachStep) {
  const Schedule s = exponential({.factor = 0.9});
  EXPECT_DOUBLE_EQ(s.at(1, 100), 1.0);
  EXPECT_DOUBLE_EQ(s.at(3, 100), 0.81);
}

TEST(Schedule, WarmupRisesEvenlyAndShiftsTheRest) {
  for (const Schedule& s : {constant({.warmup = 4}), cosine({.warmup = 4}), linear({.warmup = 4}),
                            step_decay({.every = 2, .warmup = 4}), exponential({.warmup = 4})}) {
    for (std::int64_t step = 1; step <= 4; ++step)
      EXPECT_DOUBLE_EQ(s.at(step, 104), static_cast<double>(step) / 4) << s.text();
    EXPECT_DOUBLE_EQ(s.at(5, 104), 1.0) << s.text();
  }
  EXPECT_DOUBLE_EQ(cosine({.warmup = 4}).at(55, 104), 0.5);
  // A run that is over before the warmup is.
  EXPECT_DOUBLE_EQ(cosine({.warmup = 10}).at(5, 5), 0.5);
}

TEST(Schedule, MultipliesTheRate) {
  EXPECT_FLOAT_EQ(cosine().rate(0.2F, 51, 100), 0.1F);
}

TEST(Schedule, TextAndBack) {
  for (const Schedule& s :
       {constant(), constant({.warmup = 7}), cosine(), cosine({.warmup = 100, .floor = 0.01}),
        linear({.floor = 0.25}), step_decay({.every = 500, .factor = 0.3, .warmup = 2}),
        exponential({.factor = 0.9995})}) {
    EXPECT_EQ(schedule_from_text(s.text()), s) << s.text();
  }
  EXPECT_EQ(cosine({.warmup = 100}).text(), "cosine:warmup=100");
  EXPECT_EQ(schedule_from_text("step"), step_decay());
}

TEST(Schedule, ErrorsListWhatThereIs) {
  EXPECT_EQ(message_of("cosin"),
            "schedule: there is no 'cosin' (there are: constant, cosine, linear, step, "
            "exponential)");
  EXPECT_EQ(message_of("cosine:warm=3"),
            "schedule: cosine has no setting 'warm' (it has: warmup, floor)");
  EXPECT_EQ(message_of("cosine:warmup"),
            "schedule: bad setting (got 'warmup', expected key=value)");
  EXPECT_EQ(message_of("cosine:warmup=1,warmup=2"), "schedule: 'warmup' is given twice");
  EXPECT_EQ(message_of("cosine:floor=x"), "schedule: 'floor' must be a number (got 'x')");
  EXPECT_EQ(message_of("cosine:warmup=1.5"),
            "schedule: 'warmup' must be a whole number of at least 0 (got 1.5)");
}

TEST(Schedule, RefusesWhatIsOutOfRange) {
  for (const char* text : {"", "cosine:floor=1.5", "cosine:floor=nan", "cosine:warmup=-1",
                           "step:every=0", "step:factor=0", "exponential:factor=2", "cosine:=3"})
    EXPECT_NE(message_of(text), "") << text;
  EXPECT_THROW((void)cosine({.floor = -0.1}), InvalidArgument);
  EXPECT_THROW((void)constant().at(0, 10), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::optim
