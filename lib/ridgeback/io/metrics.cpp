// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/io/metrics.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/io/file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/core.h>
#include <functional>
#include <unistd.h>
#include <utility>

namespace ridgeback::io {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t max_metrics_bytes = std::uint64_t{1} << 30;
constexpr std::uint64_t max_summary_bytes = std::uint64_t{64} << 20;

[[noreturn]] void fail(const fs::path& path, const char* action) {
  throw FileError(path.string(), fmt::format("cannot {}: {}", action, std::strerror(errno)));
}

// Calls visit(record, offset of its line) for each complete line until it returns false.
void for_each_record(std::string_view text, std::string_view name,
                     const std::function<bool(Record, std::size_t)>& visit) {
  std::size_t at = 0;
  for (std::size_t end = 0; (end = text.find('\n', at)) != std::string_view::npos; at = end + 1) {
    const std::string_view line = text.substr(at, end - at);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    Record record;
    try {
      record = parse_record(line, name);
    } catch (const FormatError&) {
      throw FormatError(name, at, "a line that is not a record of metrics");
    }
    if (!visit(std::move(record), at)) return;
  }
}

// Cuts off what follows the last line's end.
void drop_partial_line(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return;
  const std::string text = read_text(path, max_metrics_bytes);
  const std::size_t complete = text.rfind('\n') + 1;  // 0 where there is none
  if (complete == text.size()) return;
  fs::resize_file(path, complete, error);
  if (error) throw FileError(path.string(), fmt::format("cannot truncate: {}", error.message()));
}

}  // namespace

MetricsWriter::MetricsWriter(const fs::path& path) : path_(path) {
  drop_partial_line(path);
  descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail(path, "open");
}

MetricsWriter::MetricsWriter(MetricsWriter&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

MetricsWriter& MetricsWriter::operator=(MetricsWriter&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

MetricsWriter::~MetricsWriter() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void MetricsWriter::append(const Record& record) {
  const std::string line = to_json(record) + "\n";
  std::string_view left = line;
  while (!left.empty()) {
    const ssize_t written = ::write(descriptor_, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(path_, "write");
    left.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::vector<Record> parse_metrics(std::string_view text, std::string_view name) {
  std::vector<Record> records;
  for_each_record(text, name, [&](Record record, std::size_t) {
    records.push_back(std::move(record));
    return true;
  });
  return records;
}

std::vector<Record> read_metrics(const fs::path& path) {
  return parse_metrics(read_text(path, max_metrics_bytes), path.string());
}

void truncate_metrics(const fs::path& path, std::int64_t step) {
  std::error_code error;
  if (!fs::exists(path, error)) return;
  const std::string text = read_text(path, max_metrics_bytes);
  std::size_t kept = text.rfind('\n') + 1;
  for_each_record(text, path.string(), [&](const Record& record, std::size_t at) {
    const std::optional<double> at_step = record.number("step");
    const bool keep = !at_step || !(*at_step > static_cast<double>(step));
    if (!keep) kept = at;
    return keep;
  });
  if (kept < text.size()) write_atomically(path, std::string_view(text).substr(0, kept));
}

void write_summary(const fs::path& path, const Record& record) {
  write_atomically(path, to_json(record, true) + "\n");
}

Record read_summary(const fs::path& path) {
  return parse_record(read_text(path, max_summary_bytes), path.string());
}

}  // namespace ridgeback::io
