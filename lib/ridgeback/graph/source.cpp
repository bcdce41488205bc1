// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/graph/source.hpp"

#include "ridgeback/graph/step_params.hpp"

#include <cstring>
#include <fmt/core.h>

namespace ridgeback {
namespace {

Tensor make(Source source) {
  return apply_all(std::make_shared<const Source>(std::move(source)), {})[0];
}

Source make_source(Source::Kind kind, TensorSpec spec, std::string label) {
  Source source;
  source.kind = kind;
  source.spec = spec;
  source.label = std::move(label);
  return source;
}

}  // namespace

std::string_view Source::name() const {
  switch (kind) {
    case Kind::input:
      return "input";
    case Kind::parameter:
      return "parameter";
    case Kind::state:
      return "state";
    case Kind::constant:
      return "constant";
    case Kind::step_params:
      return "step_params";
  }
  return "source";
}

std::vector<TensorSpec> Source::infer(std::span<const TensorSpec> /*in*/) const {
  return {spec};
}

std::vector<Dispatch> Source::lower(const LowerContext& /*context*/) const {
  return {};
}

bool Source::same_as(const Operation& other) const {
  if (this == &other) return true;
  const auto* peer = dynamic_cast<const Source*>(&other);
  return peer != nullptr && kind == Kind::constant && peer->kind == Kind::constant &&
         spec == peer->spec && bytes == peer->bytes;
}

std::string Source::attributes() const {
  return label;
}

const Source* as_source(const Tensor& tensor) {
  return tensor ? dynamic_cast<const Source*>(&tensor.operation()) : nullptr;
}

Tensor input(const Shape& shape, DType dtype, std::string label) {
  return make(make_source(Source::Kind::input, {shape, dtype}, std::move(label)));
}

Tensor parameter(const Shape& shape, Init init, std::string label) {
  Source source = make_source(Source::Kind::parameter, {shape, DType::f32}, std::move(label));
  source.init = std::move(init);
  return make(std::move(source));
}

Tensor state(const TensorSpec& spec, std::string label, Init init) {
  require(!init || spec.dtype == DType::f32, "state: only f32 states take initial values");
  Source source = make_source(Source::Kind::state, spec, std::move(label));
  source.init = std::move(init);
  return make(std::move(source));
}

Tensor constant(const Shape& shape, std::span<const float> values) {
  const auto bytes = std::as_bytes(values);
  return constant_bytes({shape, DType::f32}, {bytes.begin(), bytes.end()});
}

Tensor constant(float value) {
  return constant({}, std::span<const float>(&value, 1));
}

Tensor constant_bytes(const TensorSpec& spec, std::vector<std::byte> bytes) {
  require(
      static_cast<std::int64_t>(bytes.size()) == spec.bytes(),
      fmt::format("constant: {} takes {} bytes (got {})", spec.text(), spec.bytes(), bytes.size()));
  Source source = make_source(Source::Kind::constant, spec, {});
  source.bytes = std::move(bytes);
  return make(std::move(source));
}

Tensor step_params() {
  static const Tensor shared =
      make(make_source(Source::Kind::step_params, {{step_params_words}, DType::u32}, "step"));
  return shared;
}

}  // namespace ridgeback
