// SPDX-License-Identifier: Apache-2.0
#include "experiment.hpp"

#include <ridgeback/core/random.hpp>
#include <ridgeback/ops/softmax.hpp>
#include <ridgeback/quant/equivalence.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/core.h>
#include <limits>
#include <memory>

namespace equivalence {
namespace {

namespace rb = ridgeback;
using rb::Tensor;
using rb::quant::Estimator;
using rb::quant::Perturbation;

constexpr std::size_t layers = 2;
constexpr std::int64_t test_batch = 500;
constexpr int stored_bits = 8;
constexpr int top_code = 127;

using Weights = std::array<std::vector<float>, layers>;

Samples pooled(const rb::data::Split& split, std::int64_t height, std::int64_t width,
               rb::data::Normalization normalization) {
  Samples samples;
  samples.labels = split.labels;
  const std::vector<float> table = rb::data::normalization_table(normalization);
  const auto value = [&](std::int64_t s, std::int64_t y, std::int64_t x) {
    return table[split.images[static_cast<std::size_t>((s * height + y) * width + x)]];
  };
  for (std::int64_t s = 0; s < split.count(); ++s) {
    for (std::int64_t y = 0; y < height; y += 2) {
      for (std::int64_t x = 0; x < width; x += 2) {
        samples.pixels.push_back(
            (value(s, y, x) + value(s, y, x + 1) + value(s, y + 1, x) + value(s, y + 1, x + 1)) /
            4);
      }
    }
  }
  return samples;
}

// One network, and how it is trained.
struct Arm {
  std::string name;
  Estimator estimator = Estimator::straight_through;
  bool mapped = false;  // begins at M(w_0)
  bool scaled = false;  // rate alpha eta
  bool other_batches = false;
  std::array<Tensor, layers> weights{};
  std::shared_ptr<rb::optim::Optimizer> optimizer{};
};

std::vector<Arm> arms_of(const Setting& setting) {
  std::vector<Arm> arms{{.name = "custom", .estimator = setting.estimator}};
  if (setting.adam) {
    arms.push_back({.name = "unchanged"});
    arms.push_back({.name = "from M(w)", .mapped = true});
    arms.push_back({.name = "other batches", .other_batches = true});
  } else {
    arms.push_back({.name = "matched", .mapped = true, .scaled = true});
    arms.push_back({.name = "alpha alone", .scaled = true});
    arms.push_back({.name = "unchanged"});
    arms.push_back(
        {.name = "other batches", .mapped = true, .scaled = true, .other_batches = true});
  }
  return arms;
}

// Batches of a seed, drawn with replacement.
class Batches {
 public:
  Batches(const Data& data, std::int64_t batch, std::uint64_t seed)
      : data_(data), batch_(batch), random_(seed) {}

  void next(rb::Executable& step, const Tensor& pixels, const Tensor& labels) {
    pixels_.clear();
    labels_.clear();
    const auto count = static_cast<std::uint32_t>(data_.train.labels.size());
    for (std::int64_t i = 0; i < batch_; ++i) {
      const auto s = static_cast<std::ptrdiff_t>(random_.below(count));
      const auto first = data_.train.pixels.begin() + s * data_.inputs;
      pixels_.insert(pixels_.end(), first, first + data_.inputs);
      labels_.push_back(data_.train.labels[static_cast<std::size_t>(s)]);
    }
    step.set(pixels, pixels_);
    step.set(labels, labels_);
  }

 private:
  const Data& data_;
  std::int64_t batch_;
  rb::Random random_;
  std::vector<float> pixels_;
  std::vector<std::uint32_t> labels_;
};

class Experiment {
 public:
  Experiment(const rb::Device& device, const Data& data, const Setting& setting)
      : device_(device), data_(data), setting_(setting), arms_(arms_of(setting)) {
    const std::array<std::int64_t, layers + 1> sizes{data.inputs, setting.hidden, data.classes};
    rb::Random random(setting.seed);
    for (std::size_t l = 0; l < layers; ++l) {
      shapes_.at(l) = {sizes.at(l + 1), sizes.at(l)};
      const float bound = std::sqrt(6.0F / static_cast<float>(sizes.at(l)));  // He
      first_.at(l).resize(static_cast<std::size_t>(shapes_.at(l).count()));
      for (float& w : first_.at(l)) w = random.uniform(-bound, bound);
      const auto levels = static_cast<float>((1 << (setting.bits - 1)) - 1);
      steps_.at(l) = 2 * bound / std::sqrt(3.0F) / levels;
    }
  }

  Result run() {
    train();
    Result result;
    std::vector<Weights> ended;
    for (const Arm& arm : arms_) {
      Weights& w = ended.emplace_back();
      for (std::size_t l = 0; l < layers; ++l) w.at(l) = device_.read<float>(arm.weights.at(l));
    }
    result.changed = 1 - agreement(ended[0], first_);
    result.custom_accuracy = accuracy(arms_[0]);
    const double finest = static_cast<double>(*std::min_element(steps_.begin(), steps_.end()));
    if (setting_.adam)
      result.memory = static_cast<double>(setting_.rate) / ((1 - setting_.beta2) * finest);
    const Weights expected = setting_.adam ? ended[0] : mapped(ended[0]);
    for (std::size_t i = 1; i < arms_.size(); ++i) {
      result.arms.push_back({arms_[i].name, agreement(ended[0], ended[i]),
                             distance(expected, ended[i]), accuracy(arms_[i])});
    }
    return result;
  }

 private:
  [[nodiscard]] Weights mapped(const Weights& weights) const {
    Weights result;
    for (std::size_t l = 0; l < layers; ++l) {
      result.at(l) = rb::quant::equivalent_straight_through(
                         perturbation(setting_, setting_.estimator, steps_.at(l)), 1, weights.at(l))
                         .weights;
    }
    return result;
  }

  [[nodiscard]] Tensor logits(const Arm& arm, Tensor x) const {
    for (std::size_t l = 0; l < layers; ++l) {
      if (l > 0) x = rb::relu(x);
      const Tensor codes = rb::quant::denoise(arm.weights.at(l),
                                              perturbation(setting_, arm.estimator, steps_.at(l)));
      x = rb::matmul(x, rb::transpose(codes));
    }
    return x;
  }

  // The assignments of an arm's step on a batch.
  std::vector<rb::Assignment> updates(Arm& arm, const Tensor& x, const Tensor& labels) {
    std::vector<rb::optim::Parameter> parameters;
    for (std::size_t l = 0; l < layers; ++l) {
      const std::string name = fmt::format("{} {}", arm.name, l + 1);
      arm.weights.at(l) = rb::parameter(shapes_.at(l), {}, name);
      parameters.push_back({name, arm.weights.at(l)});
    }
    const Tensor loss = rb::mean(rb::softmax_cross_entropy(logits(arm, x), labels));
    std::vector<Tensor> gradients = rb::gradient(loss, {arm.weights.begin(), arm.weights.end()});
    if (arm.scaled) {
      const auto alpha = static_cast<float>(rb::quant::equivalent_rate_scale(
          setting_.estimator, static_cast<double>(setting_.shape)));
      for (Tensor& g : gradients) g = g * alpha;
    }
    arm.optimizer = setting_.adam ? rb::optim::adam({.beta2 = setting_.beta2}) : rb::optim::sgd();
    return arm.optimizer->step(parameters, gradients);
  }

  void train() {
    std::array<Tensor, 2> x, labels;  // of the batches of all arms, and of the other ones
    std::vector<rb::Assignment> all;
    for (std::size_t other = 0; other < 2; ++other) {
      x.at(other) = rb::input({setting_.batch, data_.inputs});
      labels.at(other) = rb::input({setting_.batch}, rb::DType::u32);
    }
    for (Arm& arm : arms_) {
      const std::size_t other = arm.other_batches ? 1 : 0;
      for (const rb::Assignment& update : updates(arm, x.at(other), labels.at(other)))
        all.push_back(update);
      const Weights begin = arm.mapped ? mapped(first_) : first_;
      for (std::size_t l = 0; l < layers; ++l) device_.write<float>(arm.weights.at(l), begin.at(l));
    }
    rb::Executable step = rb::compile(device_, {}, all);
    Batches same(data_, setting_.batch, setting_.seed + 1000);
    Batches others(data_, setting_.batch, setting_.seed + 2000);
    for (std::uint32_t t = 1; t <= setting_.steps; ++t) {
      same.next(step, x[0], labels[0]);
      others.next(step, x[1], labels[1]);
      step.run({.step = t, .learning_rate = setting_.rate});
    }
  }

  // The scale is the range over the codes, rounded as in the kernels.
  [[nodiscard]] float code(float weight, std::size_t layer) const {
    return std::nearbyint(weight / (top_code * steps_.at(layer) / top_code));
  }

  [[nodiscard]] double agreement(const Weights& a, const Weights& b) const {
    double same = 0, count = 0;
    for (std::size_t l = 0; l < layers; ++l) {
      for (std::size_t i = 0; i < a.at(l).size(); ++i) {
        same += code(a.at(l)[i], l) == code(b.at(l)[i], l) ? 1 : 0;
        count += 1;
      }
    }
    return same / count;
  }

  [[nodiscard]] double distance(const Weights& a, const Weights& b) const {
    double sum = 0, count = 0;
    for (std::size_t l = 0; l < layers; ++l) {
      for (std::size_t i = 0; i < a.at(l).size(); ++i) {
        sum += static_cast<double>(std::abs(a.at(l)[i] - b.at(l)[i]) / steps_.at(l));
        count += 1;
      }
    }
    return sum / count;
  }

  [[nodiscard]] double accuracy(const Arm& arm) const {
    const Tensor x = rb::input({test_batch, data_.inputs});
    const Tensor out = logits(arm, x);
    rb::Executable evaluate = rb::compile(device_, {out});
    const auto inputs = static_cast<std::size_t>(data_.inputs);
    const auto classes = static_cast<std::ptrdiff_t>(data_.classes);
    const std::size_t count = data_.test.labels.size();
    std::size_t right = 0;
    for (std::size_t begin = 0; begin < count; begin += test_batch) {
      const std::size_t end = std::min(count, begin + test_batch);
      std::vector<float> pixels(inputs * test_batch);
      std::copy(data_.test.pixels.begin() + static_cast<std::ptrdiff_t>(begin * inputs),
                data_.test.pixels.begin() + static_cast<std::ptrdiff_t>(end * inputs),
                pixels.begin());
      evaluate.set(x, pixels);
      evaluate.run();
      const std::vector<float> values = evaluate.get<float>(out);
      for (std::size_t s = begin; s < end; ++s) {
        const auto row = values.begin() + static_cast<std::ptrdiff_t>(s - begin) * classes;
        right += std::max_element(row, row + classes) - row == data_.test.labels[s] ? 1U : 0U;
      }
    }
    return static_cast<double>(right) / static_cast<double>(count);
  }

  const rb::Device& device_;
  const Data& data_;
  const Setting& setting_;
  std::vector<Arm> arms_;
  std::array<rb::Shape, layers> shapes_{};
  std::array<float, layers> steps_{};
  Weights first_;
};

}  // namespace

Data pooled(const rb::data::Dataset& dataset) {
  const rb::Shape& shape = dataset.sample_shape;
  rb::require(shape.rank() == 2 && shape[0] % 2 == 0 && shape[1] % 2 == 0,
              fmt::format("--data: images must be grey and of even size (got {})", shape.text()));
  Data data;
  data.inputs = shape.count() / 4;
  data.classes = dataset.classes;
  data.train = pooled(dataset.train, shape[0], shape[1], dataset.normalization);
  data.test = pooled(dataset.test, shape[0], shape[1], dataset.normalization);
  return data;
}

Perturbation perturbation(const Setting& setting, Estimator estimator, float step) {
  Perturbation p{.bits = stored_bits,
                 .codebook = rb::quant::Codebook::absmax,
                 .group = rb::quant::Group::channel(),
                 .estimator = estimator,
                 .range = rb::quant::ValueRange::fixed(top_code * step)};
  if (estimator == setting.estimator) p.shape = setting.shape;
  return p;
}

Result run(const rb::Device& device, const Data& data, const Setting& setting) {
  return Experiment(device, data, setting).run();
}

}  // namespace equivalence
