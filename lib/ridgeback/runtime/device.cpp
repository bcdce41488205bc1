// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/runtime/device.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/matrix_units.hpp"
#include "ridgeback/runtime/device_impl.hpp"
#include "ridgeback/runtime/tuned_file.hpp"

#include <cstdlib>
#include <cstring>
#include <fmt/core.h>

namespace ridgeback {
namespace {

const Source& persistent_source(const Tensor& tensor) {
  const Source* source = as_source(tensor);
  require(source != nullptr &&
              (source->kind == Source::Kind::parameter || source->kind == Source::Kind::state),
          "device: only parameters and states have a value on the device");
  return *source;
}

std::string environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr ? value : "";
}

// Lets a CPU driver run what a GPU would be given, so that tests without a GPU cover it.
void apply_class(Target& target, std::string_view text) {
  if (text.empty()) return;
  require(text == "cpu" || text == "gpu",
          fmt::format("RIDGEBACK_CLASS: unknown class (got '{}', expected cpu or gpu)", text));
  target.device_class = text == "cpu" ? DeviceClass::cpu : DeviceClass::discrete;
}

// Extents of matrix hardware go to lowering as choices that the device has made.
void add_matrix_units(Target& target, const gpu::MatrixUnits& units) {
  if (units.int8.exists()) target.forced["matrix_unit/int8"] = text(units.int8);
  if (units.half.exists()) target.forced["matrix_unit/half"] = text(units.half);
}

// What the device offers and RIDGEBACK_DISABLE names; RIDGEBACK_BASELINE is another switch.
Capabilities switched_off(const gpu::DeviceSnapshot& device) {
  const gpu::PlanOptions options = gpu::PlanOptions::from_environment();
  if (options.baseline) return {};
  return device.capabilities.without(device.capabilities.without(options.disabled));
}

}  // namespace

std::shared_ptr<gpu::Buffer> Device::Impl::share(const Tensor& tensor) {
  const Source& source = persistent_source(tensor);
  const auto found = values_.find(&tensor.node());
  // A node that died and left its address to another one does not count.
  if (found != values_.end() && found->second.node.lock() == tensor.node_handle())
    return found->second.buffer;
  forget_expired();
  const std::int64_t bytes = std::max<std::int64_t>(source.spec.bytes(), 4);
  std::vector<std::byte> first(static_cast<std::size_t>(bytes));
  if (source.init) {
    std::vector<float> values(static_cast<std::size_t>(source.spec.shape.count()));
    source.init(values, source.spec.shape);
    std::memcpy(first.data(), values.data(), values.size() * sizeof(float));
  }
  auto buffer = std::make_shared<gpu::Buffer>(
      gpu->allocate(static_cast<std::uint64_t>(bytes), gpu::Domain::device,
                    fmt::format("{} '{}' {}", source.name(), source.label, source.spec.text())));
  gpu->upload(*buffer, 0, first);
  values_[&tensor.node()] = {tensor.node_handle(), buffer};
  return buffer;
}

const gpu::Buffer& Device::Impl::persistent(const Tensor& tensor) {
  return *share(tensor);
}

void Device::Impl::forget_expired() {
  if (values_.size() < forget_at_) return;
  std::erase_if(values_, [](const auto& entry) { return entry.second.node.expired(); });
  forget_at_ = 2 * values_.size() + 64;
}

Device Device::open(const std::string& selector) {
  auto impl = std::make_shared<Impl>();
  impl->gpu = gpu::Device::open(selector.empty() ? environment("RIDGEBACK_DEVICE") : selector);
  const gpu::DeviceSnapshot& facts = impl->gpu->snapshot();
  impl->target = make_target(facts.device_class, impl->gpu->plan().limits,
                             impl->gpu->plan().capabilities, switched_off(facts));
  add_matrix_units(impl->target, gpu::matrix_units(facts, impl->gpu->plan()));
  apply_class(impl->target, environment("RIDGEBACK_CLASS"));
  apply_forced(impl->target, environment("RIDGEBACK_FORCE"));
  if (const auto file = tuned_file(facts, impl->target.device_class))
    impl->target.tuned = load_tuned(*file, facts, impl->target.device_class);
  return Device(std::move(impl));
}

std::string Device::name() const {
  return impl_->gpu->snapshot().name;
}

std::string Device::driver() const {
  const gpu::DeviceSnapshot& facts = impl_->gpu->snapshot();
  return fmt::format("{} {}", facts.driver_name, facts.driver_info);
}

std::string Device::description() const {
  return fmt::format("{}, {}", name(), driver());
}

const Target& Device::target() const {
  return impl_->target;
}
void Device::forget_tuned() const {
  impl_->target.tuned.clear();
}
std::uint64_t Device::bytes_in_use() const {
  return impl_->gpu->bytes_in_use();
}
std::uint64_t Device::peak_bytes() const {
  return impl_->gpu->peak_bytes();
}

std::vector<std::byte> Device::read_bytes(const Tensor& persistent) const {
  const Source& source = persistent_source(persistent);
  std::vector<std::byte> bytes(static_cast<std::size_t>(source.spec.bytes()));
  impl_->gpu->download(impl_->persistent(persistent), 0, bytes);
  return bytes;
}

void Device::write_bytes(const Tensor& persistent, std::span<const std::byte> bytes) const {
  const Source& source = persistent_source(persistent);
  require(static_cast<std::int64_t>(bytes.size()) == source.spec.bytes(),
          fmt::format("device: '{}' {} takes {} bytes (got {})", source.label, source.spec.text(),
                      source.spec.bytes(), bytes.size()));
  impl_->gpu->upload(impl_->persistent(persistent), 0, bytes);
}

}  // namespace ridgeback
