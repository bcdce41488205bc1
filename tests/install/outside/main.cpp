// SPDX-License-Identifier: Apache-2.0
// Trains a few steps of a 1-bit network with nothing but the installed library.
#include <ridgeback/ridgeback.hpp>

#include <cmath>
#include <cstdio>
#include <exception>

namespace rb = ridgeback;

namespace {

float train_small_network(const rb::Device& device) {
  const auto digits = rb::data::drawn_digits({.train = 64, .test = 32, .seed = 1});
  const rb::quant::Precision one_bit{.weights = 1, .activations = 1};
  const rb::nn::Sequential net{rb::nn::Linear{784, 32, one_bit}, rb::nn::BatchNorm{32},
                               rb::nn::Relu{}, rb::nn::Linear{32, 10, one_bit}};
  rb::train::Trainer trainer{device, net, rb::optim::adam({.rate = 1e-3F})};
  const auto result = trainer.fit(digits, {.epochs = 1, .batch = 32});
  return static_cast<float>(result.epochs.back().train_loss);
}

// d/dw mean((x w - t)^2) by hand and by the library.
float gradient_error(const rb::Device& device) {
  const rb::Tensor w =
      rb::parameter({1, 1}, [](std::span<float> values, const rb::Shape&) { values[0] = 3; });
  const rb::Tensor x = rb::input({2, 1});
  const rb::Tensor loss = rb::mean(rb::square(rb::matmul(x, w)));
  const rb::Tensor dw = rb::gradient(loss, {w})[0];
  rb::Executable step = rb::compile(device, {dw});
  step.set(x, std::vector<float>{1, 2});
  step.run();
  return std::abs(step.get<float>(dw)[0] - 15.0F);
}

}  // namespace

int main() try {
  const rb::Device device = rb::Device::open();
  const float loss = train_small_network(device);
  const float error = gradient_error(device);
  std::printf("%s: loss %.4f, gradient error %g\n", device.description().c_str(), loss, error);
  return std::isfinite(loss) && error < 1e-4F ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "outside: %s\n", error.what());
  return 1;
}
