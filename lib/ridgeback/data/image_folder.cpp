// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/data/image_folder.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/random.hpp"
#include "ridgeback/data/images.hpp"
#include "ridgeback/data/parallel.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <mutex>
#include <utility>

namespace ridgeback::data {
namespace {

namespace fs = std::filesystem;

// Apart from the streams of shuffles, initial values and drawn digits.
constexpr std::uint64_t split_streams = std::uint64_t{0x73706C74U} << 32;

// Names in a folder that `wanted` likes, sorted; hidden ones are left out.
template <typename Wanted>
std::vector<fs::path> list(const fs::path& folder, Wanted wanted) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const bool hidden = it->path().filename().string().starts_with('.');
    if (!hidden && wanted(*it)) paths.push_back(it->path());
  }
  if (error) throw FileError(folder.string(), fmt::format("cannot list: {}", error.message()));
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::vector<fs::path> folders_in(const fs::path& folder) {
  return list(folder, [](const fs::directory_entry& entry) {
    std::error_code ignored;
    return entry.is_directory(ignored);
  });
}

std::vector<fs::path> images_in(const fs::path& folder) {
  return list(folder, [](const fs::directory_entry& entry) {
    std::error_code ignored;
    return entry.is_regular_file(ignored) && has_image_name(entry.path());
  });
}

struct Sample {
  fs::path path;
  std::uint32_t label;
};

// Class names: those asked for, or the folders that hold images.
std::vector<std::string> find_classes(const fs::path& folder, std::vector<std::string> asked) {
  if (!asked.empty()) return asked;
  for (const fs::path& path : folders_in(folder)) {
    if (!images_in(path).empty()) asked.push_back(path.filename().string());
  }
  return asked;
}

// Every image below the class folders of `folder`, in order.
std::vector<Sample> find_samples(const fs::path& folder, const std::vector<std::string>& classes) {
  std::vector<std::vector<fs::path>> by_class(classes.size());
  for (const fs::path& path : folders_in(folder)) {
    std::vector<fs::path> images = images_in(path);
    if (images.empty()) continue;
    const auto it = std::find(classes.begin(), classes.end(), path.filename().string());
    require(it != classes.end(), fmt::format("{}: not one of the classes ({})", path.string(),
                                             fmt::join(classes, ", ")));
    by_class[static_cast<std::size_t>(it - classes.begin())] = std::move(images);
  }
  std::vector<Sample> samples;
  for (std::size_t label = 0; label < classes.size(); ++label) {
    for (fs::path& path : by_class[label]) {
      samples.push_back({std::move(path), static_cast<std::uint32_t>(label)});
    }
  }
  return samples;
}

// Moves a tenth of each class, rounded, from `train` to the result; at least one sample in all
// where there are two.
std::vector<Sample> split_off(std::vector<Sample>& train, std::size_t classes, std::uint64_t seed) {
  std::vector<bool> chosen(train.size(), false);
  std::vector<std::vector<std::size_t>> by_class(classes);
  for (std::size_t i = 0; i < train.size(); ++i) by_class[train[i].label].push_back(i);
  std::size_t count = 0;
  for (std::size_t label = 0; label < classes; ++label) {
    std::vector<std::size_t>& members = by_class[label];
    Random random(seed, split_streams + label);
    const std::size_t tenth = (members.size() + 5) / 10;
    for (std::size_t n = 0; n < tenth; ++n, ++count) {
      const std::size_t left = members.size() - n;
      std::swap(members[n], members[n + random.below(static_cast<std::uint32_t>(left))]);
      chosen[members[n]] = true;
    }
  }
  if (count == 0 && train.size() > 1) chosen.back() = true;

  std::vector<Sample> kept, test;
  for (std::size_t i = 0; i < train.size(); ++i) {
    (chosen[i] ? test : kept).push_back(std::move(train[i]));
  }
  train = std::move(kept);
  return test;
}

class Decoder {
 public:
  Decoder(Image size, const ImageFolderOptions& options, std::size_t total)
      : size_(std::move(size)), options_(options), total_(static_cast<std::int64_t>(total)) {}

  Split decode(const std::vector<Sample>& samples) {
    const std::int64_t sample_bytes = size_.height * size_.width * size_.channels;
    const auto count = static_cast<std::int64_t>(samples.size());
    require(checked_multiply(count, sample_bytes, "image folder") <= options_.max_bytes,
            fmt::format("image folder: {} images of {} x {} x {} take {} bytes (expected at most "
                        "{}; ask for a smaller size)",
                        count, size_.height, size_.width, size_.channels, count * sample_bytes,
                        options_.max_bytes));
    Split split;
    split.images.resize(static_cast<std::size_t>(count * sample_bytes));
    for (const Sample& sample : samples) split.labels.push_back(sample.label);
    parallel_for(count, [&](std::int64_t i) {
      const std::vector<std::uint8_t> bytes =
          load_image(samples[static_cast<std::size_t>(i)].path, size_.height, size_.width,
                     static_cast<int>(size_.channels));
      std::copy(bytes.begin(), bytes.end(), split.images.begin() + i * sample_bytes);
      report();
    });
    return split;
  }

 private:
  void report() {
    if (!options_.progress) return;
    const std::lock_guard lock(mutex_);
    options_.progress(++done_, total_);
  }

  Image size_;
  const ImageFolderOptions& options_;
  std::int64_t total_;
  std::int64_t done_ = 0;
  std::mutex mutex_;
};

// Height, width and channels of all samples.
Image common_size(const fs::path& first, const ImageFolderOptions& options) {
  Image size{options.height, options.width, options.channels, {}};
  if (size.height > 0 && size.width > 0 && size.channels > 0) return size;
  const Image image = read_image(first);
  if (size.height == 0) size.height = image.height;
  if (size.width == 0) size.width = image.width;
  if (size.channels == 0) size.channels = image.channels;
  return size;
}

// Whether there is a folder with an image in `folder`. A class may be called "train" or "test":
// only what is inside tells it from a split.
bool has_classes(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) return false;
  const std::vector<fs::path> folders = folders_in(folder);
  return std::any_of(folders.begin(), folders.end(),
                     [](const fs::path& path) { return !images_in(path).empty(); });
}

}  // namespace

bool is_image_folder(const fs::path& folder) {
  return has_classes(folder / "train") || has_classes(folder);
}

Dataset open_image_folder(const fs::path& folder, const ImageFolderOptions& options) {
  require(options.height >= 0 && options.width >= 0 &&
              (options.channels == 0 || options.channels == 1 || options.channels == 3),
          "image folder: sizes must not be negative, channels must be 0, 1 or 3");
  std::error_code ignored;
  const fs::path train_folder = has_classes(folder / "train") ? folder / "train" : folder;
  const bool has_test = train_folder != folder && has_classes(folder / "test");

  Dataset dataset;
  dataset.name = fs::weakly_canonical(folder, ignored).filename().string();
  dataset.class_names = find_classes(train_folder, options.class_names);
  dataset.classes = static_cast<std::int64_t>(dataset.class_names.size());
  std::vector<Sample> train = find_samples(train_folder, dataset.class_names);
  if (train.empty()) {
    throw FileError(train_folder.string(),
                    "no images (looked for *.png, *.jpg, *.jpeg in one folder for each class)");
  }
  const Image size = common_size(train.front().path, options);
  const std::vector<Sample> test = has_test
                                       ? find_samples(folder / "test", dataset.class_names)
                                       : split_off(train, dataset.class_names.size(), options.seed);

  Decoder decoder(size, options, train.size() + test.size());
  dataset.sample_shape = size.channels == 1 ? Shape{size.height, size.width}
                                            : Shape{size.height, size.width, size.channels};
  dataset.train = decoder.decode(train);
  dataset.test = decoder.decode(test);
  dataset.normalization = default_normalization(dataset.sample_shape, dataset.train);
  return dataset;
}

}  // namespace ridgeback::data
