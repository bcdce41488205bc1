// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/data/drawn.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/random.hpp"
#include "ridgeback/data/canvas.hpp"
#include "ridgeback/data/glyphs.hpp"
#include "ridgeback/data/parallel.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <string>

namespace ridgeback::data {
namespace {

constexpr int side = 28;
constexpr std::int64_t sample_bytes = side * side;
constexpr int curve_steps = 5;

// A bell-shaped number of mean 0 and deviation 1 without a logarithm, whose last bit differs
// between machines: the sum of three uniform numbers.
float bell(Random& random) {
  // One statement a draw: C++ leaves the order of calls within an expression open.
  float sum = random.uniform();
  sum += random.uniform();
  sum += random.uniform();
  return 2.0F * (sum - 1.5F);
}

// The same from one word, cheap enough for every pixel: the sum of its four bytes.
float coarse_bell(std::uint32_t word) {
  const std::uint32_t sum = (word & 255) + (word >> 8 & 255) + (word >> 16 & 255) + (word >> 24);
  return (static_cast<float>(sum) - 510.0F) * (1.0F / 147.8F);
}

// p -> centre + matrix (p - (1/2, 1/2))
struct Affine {
  float xx, xy, yx, yy;
  Point centre;

  [[nodiscard]] Point operator()(Point p) const {
    const float x = p.x - 0.5F, y = p.y - 0.5F;
    return {centre.x + xx * x + xy * y, centre.y + yx * x + yy * y};
  }
};

// Rotation by the angle whose half has the tangent t: cosine (1 - t^2)/(1 + t^2), sine
// 2t/(1 + t^2), no library function needed. Then shear along x, then scale to pixels.
Affine random_affine(Random& random) {
  const float t = std::clamp(0.075F * bell(random), -0.2F, 0.2F);
  const float cosine = (1 - t * t) / (1 + t * t), sine = 2 * t / (1 + t * t);
  const float shear = std::clamp(0.16F * bell(random), -0.4F, 0.4F);
  const float height = random.uniform(16.5F, 22.0F);
  const float width = height * random.uniform(0.75F, 1.1F);
  const float reach = 0.5F * (static_cast<float>(side) - height);
  const Point centre{0.5F * side + random.uniform(-0.4F, 0.4F) * reach,
                     0.5F * side + random.uniform(-0.4F, 0.4F) * reach};
  return {cosine * width, (cosine * -shear - sine) * height, sine * width,
          (sine * -shear + cosine) * height, centre};
}

void draw_digit(Canvas& canvas, Random& random, int digit) {
  const std::span<const Glyph> hands = glyphs_of(digit);
  const Glyph& glyph = hands[random.below(static_cast<std::uint32_t>(hands.size()))];
  const Affine affine = random_affine(random);
  const float radius = random.uniform(0.7F, 1.7F);
  const float brightness = random.uniform(0.6F, 1.0F);
  const float jitter = random.uniform(0.01F, 0.035F);
  for (const Stroke& stroke : glyph) {
    std::vector<Point> points = stroke.points;
    for (Point& p : points) {
      p.x += jitter * bell(random);
      p.y += jitter * bell(random);
      p = affine(p);
    }
    if (stroke.smooth) points = smooth_curve(points, curve_steps);
    canvas.draw_line(points, radius, brightness);
  }
}

Point random_point(Random& random) {
  const float x = random.uniform(0.0F, side), y = random.uniform(0.0F, side);
  return {x, y};
}

// Short strokes and blobs that belong to no digit, and scratches through what is drawn.
void distract(Canvas& canvas, Random& random) {
  for (std::uint32_t n = random.below(3); n > 0; --n) {
    const Point a = random_point(random);
    const float dx = random.uniform(-7.0F, 7.0F), dy = random.uniform(-7.0F, 7.0F);
    const float radius = random.uniform(0.4F, 1.1F);
    const float brightness = random.uniform(0.3F, 0.9F);
    canvas.draw_line(std::vector<Point>{a, {a.x + dx, a.y + dy}}, radius, brightness);
  }
  for (std::uint32_t n = random.below(3); n > 0; --n) {
    const Point centre = random_point(random);
    const float radius = random.uniform(1.5F, 4.0F);
    canvas.add_blob(centre, radius, random.uniform(0.2F, 0.8F));
  }
  if (random.below(3) == 0) {
    const Point a = random_point(random), b = random_point(random);
    canvas.fade_line(a, b, random.uniform(0.4F, 1.0F), 0.2F);
  }
}

void draw_sample(Random random, std::span<std::uint8_t> image, std::uint32_t& label) {
  const std::uint32_t digit = random.below(10);
  label = digit;
  Canvas canvas(side, side);
  draw_digit(canvas, random, static_cast<int>(digit));
  distract(canvas, random);
  const float noise = random.uniform(0.0F, 0.12F);
  const std::span<const float> pixels = canvas.pixels();
  for (std::size_t i = 0; i < image.size(); ++i) {
    const float value = std::clamp(pixels[i] + noise * coarse_bell(random.word()), 0.0F, 1.0F);
    image[i] = static_cast<std::uint8_t>(255.0F * value + 0.5F);
  }
}

Split draw_split(std::int64_t count, std::uint64_t seed, std::uint64_t split) {
  Split drawn;
  drawn.images.resize(
      static_cast<std::size_t>(checked_multiply(count, sample_bytes, "drawn_digits")));
  drawn.labels.resize(static_cast<std::size_t>(count));
  constexpr std::int64_t chunk = 64;
  parallel_for(ceil_div(count, chunk), [&](std::int64_t c) {
    for (std::int64_t i = c * chunk; i < std::min(count, (c + 1) * chunk); ++i) {
      const std::uint64_t stream = (split << 48) + static_cast<std::uint64_t>(i);
      const std::span<std::uint8_t> image(drawn.images.data() + i * sample_bytes, sample_bytes);
      draw_sample(Random(seed, stream), image, drawn.labels[static_cast<std::size_t>(i)]);
    }
  });
  return drawn;
}

}  // namespace

Dataset drawn_digits(const DrawnOptions& options) {
  require(options.train >= 0 && options.test >= 0,
          fmt::format("drawn_digits: negative number of samples (got {} and {})", options.train,
                      options.test));
  Dataset dataset;
  dataset.name = "drawn";
  dataset.sample_shape = {side, side};
  dataset.classes = 10;
  for (int digit = 0; digit < 10; ++digit) dataset.class_names.push_back(std::to_string(digit));
  dataset.normalization = mnist_normalization;
  // Stream numbers from 2^48 on: apart from those of shuffles and initial values.
  dataset.train = draw_split(options.train, options.seed, 1);
  dataset.test = draw_split(options.test, options.seed, 2);
  return dataset;
}

}  // namespace ridgeback::data
