// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/runtime/executable.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/environment.hpp"
#include "ridgeback/graph/pass.hpp"
#include "ridgeback/graph/verify.hpp"
#include "ridgeback/runtime/device_impl.hpp"
#include "ridgeback/runtime/recording.hpp"
#include "ridgeback/runtime/storages.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fmt/core.h>
#include <unordered_map>

namespace ridgeback {
namespace {

using Clock = std::chrono::steady_clock;

// Outputs up to this size are copied to host memory by the step itself, so that reading a loss
// costs no submission.
constexpr std::int64_t inline_readback_bytes = 64 << 10;

double ms_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

}  // namespace

struct Executable::Impl {
  struct Recorded {
    gpu::CommandBuffer commands;
    Segment slices;
    std::uint32_t first_launch_slot;  // slot written before the first launch
  };

  Impl(const Device& on, std::vector<Tensor> wanted, Program lowered, const CompileOptions& options)
      : device(on),
        outputs(std::move(wanted)),
        program(std::move(lowered)),
        profiled(options.profile),
        guarded(options.guards),
        storages(device.impl(), program, options.guards) {
    for (int i = 0; i < static_cast<int>(program.storages.size()); ++i) {
      const Storage& storage = program.storages[static_cast<std::size_t>(i)];
      if (storage.kind == Storage::Kind::input) inputs.emplace(&storage.source.node(), i);
      if (storage.kind == Storage::Kind::step_params) step_storage = i;
    }
    make_readbacks();
    const Target& target = device.target();
    const auto segments = cut_segments(program, target.device_class, options.submission_budget_ms,
                                       target.limits.max_workgroup_count);
    for (std::size_t i = 0; i < segments.size(); ++i) {
      record(segments[i], i == 0, i + 1 == segments.size());
    }
  }

  void make_readbacks() {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const std::int64_t bytes =
          program.storages[static_cast<std::size_t>(program.outputs[i])].bytes;
      readbacks.emplace_back();
      if (bytes > inline_readback_bytes) continue;
      readbacks.back() = device.impl().gpu->allocate(static_cast<std::uint64_t>(bytes),
                                                     gpu::Domain::readback, "output");
    }
  }

  void record(const Segment& slices, bool first, bool last) {
    const auto slots = static_cast<std::uint32_t>(profiled ? slices.size() + 2 : 2);
    gpu::CommandBuffer commands = device.impl().gpu->record(slots);
    std::uint32_t slot = 0;
    commands.timestamp(slot++);
    if (first) record_inputs(commands);
    commands.barrier();
    if (profiled) commands.timestamp(slot++);
    int level =
        slices.empty() ? 0 : program.launches[static_cast<std::size_t>(slices[0].launch)].level;
    for (const Slice& slice : slices) {
      const Launch& launch = program.launches[static_cast<std::size_t>(slice.launch)];
      // A profile is of launches one after the other, so that each has a time of its own.
      if (launch.level != level || profiled) commands.barrier();
      level = launch.level;
      record_slice(commands, launch, slice);
      if (profiled) commands.timestamp(slot++);
    }
    if (last) record_readbacks(commands);
    if (!profiled) commands.timestamp(slot++);
    commands.finish();
    recorded.push_back({std::move(commands), slices, 1});
  }

  void record_inputs(gpu::CommandBuffer& commands) {
    for (int i = 0; i < static_cast<int>(program.storages.size()); ++i) {
      const gpu::Buffer* staging = storages.staging(i);
      if (staging == nullptr) continue;
      const gpu::BufferRange to = storages.range(i);
      commands.copy({staging, 0, to.bytes}, to);
    }
  }

  void record_slice(gpu::CommandBuffer& commands, const Launch& launch, const Slice& slice) {
    std::vector<gpu::BufferRange> bindings;
    const Dispatch& d = launch.dispatch;
    for (const int storage : launch.storages) {
      bindings.push_back(d.kernel.empty() ? storages.range(storage) : storages.bound(storage));
    }
    if (d.kernel.empty()) {
      commands.copy({bindings[0].buffer, bindings[0].offset, bindings[1].bytes}, bindings[1]);
      return;
    }
    const gpu::Pipeline& pipeline = device.impl().gpu->pipeline({d.kernel, d.variant, d.constants});
    commands.dispatch(pipeline, bindings, d.push_bytes, slice.count, launch.label, slice.base);
  }

  void record_readbacks(gpu::CommandBuffer& commands) {
    bool any = false;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (!readbacks[i]) continue;
      if (!any) commands.barrier();
      any = true;
      const gpu::BufferRange from = storages.range(program.outputs[i]);
      commands.copy(from, {&readbacks[i], 0, from.bytes});
    }
    if (any) commands.barrier();
  }

  void run(const StepParams& step) {
    const Clock::time_point start = Clock::now();
    if (step_storage >= 0) {
      std::memcpy(storages.staging(step_storage)->mapped().data(), &step, sizeof(step));
    }
    if (guarded) storages.poison();
    gpu::Device& gpu_device = *device.impl().gpu;
    for (Recorded& segment : recorded) {
      gpu::CommandBuffer* const commands[] = {&segment.commands};
      gpu_device.submit(commands);
    }
    const Clock::time_point submitted = Clock::now();
    gpu_device.wait();
    const Clock::time_point done = Clock::now();
    device_ms = 0;
    for (const Recorded& segment : recorded) {
      const std::vector<double> times = segment.commands.timestamps_ns();
      if (!times.empty()) device_ms += (times.back() - times.front()) * 1e-6;
    }
    host_ms = ms_between(start, submitted) + ms_between(done, Clock::now());
    ran = true;
  }

  int output_index(const Tensor& tensor) const {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i].is(tensor)) return static_cast<int>(i);
    }
    throw InvalidArgument("executable: get() takes one of the outputs that compile() was given");
  }

  std::vector<std::byte> get(const Tensor& tensor) const {
    require(ran, "executable: get() before the first run()");
    const auto index = static_cast<std::size_t>(output_index(tensor));
    std::vector<std::byte> bytes(static_cast<std::size_t>(tensor.spec().bytes()));
    if (bytes.empty()) return bytes;
    if (readbacks[index]) {
      std::memcpy(bytes.data(), readbacks[index].mapped().data(), bytes.size());
    } else {
      const gpu::BufferRange from = storages.range(program.outputs[index]);
      device.impl().gpu->download(*from.buffer, from.offset, bytes);
    }
    return bytes;
  }

  Profile profile() const {
    Profile result;
    if (!profiled) return result;
    double origin_us = 0;
    for (const Recorded& segment : recorded) {
      const std::vector<double> times = segment.commands.timestamps_ns();
      for (std::size_t i = 0;
           i + segment.first_launch_slot + 1 < times.size() && i < segment.slices.size(); ++i) {
        const Launch& launch = program.launches[static_cast<std::size_t>(segment.slices[i].launch)];
        const Dispatch& d = launch.dispatch;
        const double start_ns = times[segment.first_launch_slot + i];
        const double end_ns = times[segment.first_launch_slot + i + 1];
        const double share = share_of(segment.slices[i], d);
        result.entries.push_back({launch.label, d.kernel, d.variant, origin_us + start_ns * 1e-3,
                                  (end_ns - start_ns) * 1e-3, d.flops * share, d.bytes * share});
      }
      if (!times.empty()) origin_us += times.back() * 1e-3;
    }
    return result;
  }

  static double share_of(const Slice& slice, const Dispatch& d) {
    double share = 1;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      share *= static_cast<double>(slice.count[axis]) / static_cast<double>(d.group_counts[axis]);
    }
    return share;
  }

  Device device;
  std::vector<Tensor> outputs;
  Program program;
  bool profiled;
  bool guarded;
  Storages storages;
  std::unordered_map<const Node*, int> inputs;
  int step_storage = -1;
  std::vector<gpu::Buffer> readbacks;
  std::vector<Recorded> recorded;
  double device_ms = 0;
  double host_ms = 0;
  bool ran = false;
};

Executable::Executable(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Executable::Executable(Executable&&) noexcept = default;
Executable& Executable::operator=(Executable&&) noexcept = default;
Executable::~Executable() = default;

void Executable::set_bytes(const Tensor& input, std::span<const std::byte> bytes) {
  const auto found = input ? impl_->inputs.find(&input.node()) : impl_->inputs.end();
  require(found != impl_->inputs.end(), "executable: set() takes an input of this graph");
  require(static_cast<std::int64_t>(bytes.size()) == input.spec().bytes(),
          fmt::format("executable: input '{}' {} takes {} bytes (got {})",
                      input.operation().attributes(), input.spec().text(), input.spec().bytes(),
                      bytes.size()));
  if (bytes.empty()) return;
  std::memcpy(impl_->storages.staging(found->second)->mapped().data(), bytes.data(), bytes.size());
}

void Executable::run(const StepParams& step) {
  impl_->run(step);
}
std::vector<std::byte> Executable::get_bytes(const Tensor& output) const {
  return impl_->get(output);
}
const Program& Executable::program() const {
  return impl_->program;
}
double Executable::device_ms() const {
  return impl_->device_ms;
}
double Executable::host_ms() const {
  return impl_->host_ms;
}
Profile Executable::profile() const {
  return impl_->profile();
}
void Executable::check_guards() const {
  impl_->storages.check_guards();
}
std::size_t Executable::submissions() const {
  return impl_->recorded.size();
}

namespace {

// What a list with commas names: of RIDGEBACK_DISABLE those that are passes count.
void add_names(std::vector<std::string_view>& names, std::string_view list) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    names.push_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

}  // namespace

Program plan(const Target& target, std::vector<Tensor> outputs, std::vector<Assignment> updates,
             const CompileOptions& options) {
  Target used = target;
  for (const auto& [kernel, variant] : options.forced) used.forced[kernel] = variant;
  if (!options.use_tuned) used.tuned.clear();
  for (const auto& [point, option] : options.tuned) used.tuned[point] = option;
  const std::string switched_off = gpu::environment("RIDGEBACK_DISABLE").value_or("");
  std::vector<std::string_view> left_out = options.disabled_passes;
  add_names(left_out, switched_off);
  const Graph graph = optimize({std::move(outputs), std::move(updates)}, left_out);
  verify(graph);
  return build_program(graph, used);
}

Executable compile(const Device& device, std::vector<Tensor> outputs,
                   std::vector<Assignment> updates, const CompileOptions& options) {
  Program program = plan(device.target(), outputs, std::move(updates), options);
  return Executable(
      std::make_unique<Executable::Impl>(device, std::move(outputs), std::move(program), options));
}

}  // namespace ridgeback
