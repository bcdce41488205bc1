// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/train/diagnosis.hpp"

#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/train/trainer.hpp"

#include <cmath>
#include <limits>

namespace ridgeback::train {
namespace {

// Columns of the stats of quant::Perturbed.
enum Stat : std::int64_t { value_mean = 0, scale = 2, step = 4, offset = 5 };

// Figures of an operand, in the order of the graph's output.
enum OperandFigure : std::size_t {
  signal,
  noise,
  plain_noise,
  mean_rho,
  least_rho,
  dead_share,
  saturated_share,
  zero_share,
  flipped_share,
  operand_figures
};
enum ParameterFigure : std::size_t { squares, reference_squares, product, parameter_figures };

Tensor scalar(const Tensor& value) {
  return reshape(value, {1});
}

// What of x / s_f lies this far beyond the last code is rounding.
constexpr float code_tolerance = 1e-3F;

class OperandGraph {
 public:
  explicit OperandGraph(const nn::Operand& operand) : operand_(operand) {
    // Of a straight-through estimator the regression that it does without.
    quant::Perturbation regression = operand.perturbation;
    regression.estimator = quant::Estimator::denoise;
    regression.clipped = false;
    stats_ = quant::perturb(operand.value, regression, operand.inputs).stats;
  }

  [[nodiscard]] Tensor figures(const Tensor& previous) const {
    const Tensor& x = operand_.value;
    const Tensor& codes = operand_.perturbed.codes;
    const quant::Group group = operand_.perturbation.group;
    const Tensor mean_of_block = spread(stat(value_mean) + stat(offset));
    const Tensor denoised = quant::dequantize(codes, operand_.perturbed.factors, group);
    const auto shift = static_cast<float>(quant::code_shift(operand_.perturbation));
    const Tensor plain =
        quant::dequantize(codes, concat({stat(step), stat(offset) + stat(step) * shift}, 2), group);
    const Tensor rho = stat(scale) / stat(step);
    std::vector<Tensor> figures(operand_figures);
    figures[signal] = sum_squares(x - mean_of_block);
    figures[noise] = sum_squares(denoised - x);
    figures[plain_noise] = sum_squares(plain - x);
    figures[mean_rho] = mean(rho);
    figures[least_rho] = min(rho);
    figures[dead_share] = mean(equal(stat(scale), 0));
    figures[saturated_share] = saturated();
    figures[zero_share] =
        operand_.perturbed.mask ? 1.0F - mean(kept(operand_.perturbed.mask)) : zeros({});
    figures[flipped_share] = previous ? flipped(previous) : zeros({});
    for (Tensor& figure : figures) figure = scalar(figure);
    return reshape(concat(figures, 0), {1, operand_figures});
  }

 private:
  [[nodiscard]] Tensor stat(std::int64_t column) const {
    return slice(stats_, 2, column, column + 1);
  }
  // A value of each block at every element of it: x_hat = 0 q + value.
  [[nodiscard]] Tensor spread(const Tensor& value) const {
    const Tensor none = zeros(value.shape());
    return quant::dequantize(operand_.perturbed.codes, concat({none, value}, 2),
                             operand_.perturbation.group);
  }
  static Tensor kept(const Tensor& mask) { return cast(quant::unpack_codes(mask), DType::f32); }

  [[nodiscard]] Tensor saturated() const {
    const int top = quant::largest_code(operand_.perturbation);
    if (top == 0) return zeros({});
    const int lowest = operand_.perturbation.codebook == quant::Codebook::minmax ? 0 : -top;
    const Tensor f = (operand_.value - spread(stat(offset))) / spread(stat(step));
    Tensor beyond = greater(f, static_cast<float>(top) + code_tolerance) +
                    less(f, static_cast<float>(lowest) - code_tolerance);
    if (operand_.perturbed.mask) beyond = beyond * kept(operand_.perturbed.mask);
    return mean(beyond);
  }

  [[nodiscard]] Tensor flipped(const Tensor& previous) const {
    const quant::Perturbed before =
        quant::perturb(previous, operand_.perturbation, operand_.inputs);
    const bool coded = operand_.perturbed.codes.dtype() != DType::f32;
    const auto compared = [&](const quant::Perturbed& p) {
      return quant::unpack_codes(coded ? p.codes : p.mask);
    };
    return 1.0F - mean(equal(compared(before), compared(operand_.perturbed)));
  }

  const nn::Operand& operand_;
  Tensor stats_;
};

constexpr const char* previous_prefix = "diagnosis.previous.";

double decibels(double signal, double noise) {
  return noise > 0 && signal > 0 ? 10 * std::log10(signal / noise)
                                 : std::numeric_limits<double>::quiet_NaN();
}

double cosine_of(double product, double a, double b) {
  return a > 0 && b > 0 ? product / std::sqrt(a * b) : std::numeric_limits<double>::quiet_NaN();
}

OperandDiagnosis operand_of(const std::string& name, std::span<const float> figures) {
  OperandDiagnosis d;
  d.name = name;
  d.snr_db = decibels(figures[signal], figures[noise]);
  d.snr_plain_db = decibels(figures[signal], figures[plain_noise]);
  d.rho = figures[mean_rho];
  d.rho_min = figures[least_rho];
  d.dead = figures[dead_share];
  d.saturated = figures[saturated_share];
  d.zeros = figures[zero_share];
  d.flipped = figures[flipped_share];
  return d;
}

}  // namespace

std::vector<nn::NamedTensor> Diagnoser::states(const nn::Module& module, const SampleSpec& sample,
                                               std::int64_t batch) {
  nn::Context context(nn::Context::Mode::training);
  (void)step_loss(module, step_inputs(sample, batch), context);
  std::vector<nn::NamedTensor> states;
  for (const nn::Operand& operand : context.operands()) {
    if (as_source(operand.value) == nullptr || operand.value.shape().count() == 0) continue;
    const std::string name = previous_prefix + operand.name;
    states.push_back({name, state(operand.value.spec(), name), {}, false});
  }
  return states;
}

Diagnoser::Graph Diagnoser::build(const nn::Module& module, const SampleSpec& sample,
                                  std::int64_t batch, const std::vector<nn::NamedTensor>& previous,
                                  const Adjust& adjust) {
  Graph graph;
  graph.inputs = step_inputs(sample, batch);
  nn::Context context(nn::Context::Mode::training);
  context.adjust(adjust);
  const Tensor loss = step_loss(module, graph.inputs, context);
  nn::Context plain(nn::Context::Mode::training);
  plain.leave_unperturbed();
  const Tensor plain_loss = step_loss(module, graph.inputs, plain);
  graph.losses = concat({scalar(loss), scalar(plain_loss)}, 0);

  const std::vector<nn::NamedTensor> trained = trained_tensors(module);
  // Kept in stages in which nothing is perturbed, too.
  for (const nn::NamedTensor& last : previous) {
    const std::string name = last.name.substr(std::string_view(previous_prefix).size());
    const nn::NamedTensor* parameter = nn::find_tensor(trained, name);
    if (parameter != nullptr) graph.updates.push_back(assign(last.tensor, parameter->tensor));
  }
  std::vector<Tensor> operand_rows;
  for (const nn::Operand& operand : context.operands()) {
    if (operand.value.shape().count() == 0) continue;
    const nn::NamedTensor* last = nn::find_tensor(previous, previous_prefix + operand.name);
    graph.remembered.push_back(last != nullptr);
    graph.operands.push_back(operand.name);
    operand_rows.push_back(OperandGraph(operand).figures(last ? last->tensor : Tensor{}));
  }
  if (!operand_rows.empty()) graph.operand_values = concat(operand_rows, 0);

  std::vector<Tensor> tensors;
  for (const nn::NamedTensor& named : trained) {
    graph.parameters.push_back(named.name);
    tensors.push_back(named.tensor);
  }
  const std::vector<Tensor> gradients = gradient(loss, tensors);
  const std::vector<Tensor> references = gradient(plain_loss, tensors);
  std::vector<Tensor> parameter_rows;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const Tensor none = zeros(tensors[i].shape());
    const Tensor g = gradients[i] ? gradients[i] : none;
    const Tensor r = references[i] ? references[i] : none;
    const Tensor row =
        concat({scalar(sum_squares(g)), scalar(sum_squares(r)), scalar(sum(g * r))}, 0);
    parameter_rows.push_back(reshape(row, {1, parameter_figures}));
  }
  graph.parameter_values = concat(parameter_rows, 0);
  return graph;
}

std::vector<Tensor> Diagnoser::outputs(const Graph& graph) {
  std::vector<Tensor> outputs{graph.losses, graph.parameter_values};
  if (graph.operand_values) outputs.push_back(graph.operand_values);
  return outputs;
}

Diagnoser::Diagnoser(const Device& device, const nn::Module& module, const SampleSpec& sample,
                     std::int64_t batch, const CompileOptions& options,
                     const std::vector<nn::NamedTensor>& previous, const Adjust& adjust)
    : Diagnoser(device, build(module, sample, batch, previous, adjust), options) {}

Diagnoser::Diagnoser(const Device& device, Graph graph, const CompileOptions& options)
    : graph_(std::move(graph)),
      executable_(compile(device, outputs(graph_), graph_.updates, options)) {}

Diagnosis Diagnoser::run(const data::Batch& batch, const StepParams& params, bool first) {
  set_batch(executable_, graph_.inputs.images, graph_.inputs.labels, batch);
  executable_.run(params);
  const std::vector<float> losses = executable_.get<float>(graph_.losses);
  const std::vector<float> parameters = executable_.get<float>(graph_.parameter_values);
  std::vector<float> operands;
  if (graph_.operand_values) operands = executable_.get<float>(graph_.operand_values);

  Diagnosis result;
  result.step = params.step;
  result.loss = losses[0];
  result.fp32_loss = losses[1];
  for (std::size_t i = 0; i < graph_.operands.size(); ++i) {
    const std::span row(operands.begin() + static_cast<std::ptrdiff_t>(i * operand_figures),
                        operand_figures);
    result.operands.push_back(operand_of(graph_.operands[i], row));
    if (first || !graph_.remembered[i])
      result.operands.back().flipped = std::numeric_limits<double>::quiet_NaN();
  }
  double total[parameter_figures]{};
  for (std::size_t i = 0; i < graph_.parameters.size(); ++i) {
    const float* row = parameters.data() + i * parameter_figures;
    for (std::size_t k = 0; k < parameter_figures; ++k) total[k] += row[k];
    result.parameters.push_back({graph_.parameters[i], std::sqrt(static_cast<double>(row[squares])),
                                 cosine_of(row[product], row[squares], row[reference_squares])});
  }
  result.gradient_norm = std::sqrt(total[squares]);
  result.cosine = cosine_of(total[product], total[squares], total[reference_squares]);
  return result;
}

}  // namespace ridgeback::train
