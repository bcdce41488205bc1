// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/data/canvas.hpp"

#include <algorithm>
#include <cmath>

namespace ridgeback::data {
namespace {

float squared(float v) {
  return v * v;
}

// Distance from p to the segment ab.
float distance(Point p, Point a, Point b) {
  const float dx = b.x - a.x, dy = b.y - a.y;
  const float length2 = squared(dx) + squared(dy);
  float along = 0;
  if (length2 > 0) along = std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length2, 0.0F, 1.0F);
  return std::sqrt(squared(p.x - a.x - along * dx) + squared(p.y - a.y - along * dy));
}

// Share of a pixel that a shape covers whose border is `inside` pixels away.
float coverage(float inside) {
  return std::clamp(inside + 0.5F, 0.0F, 1.0F);
}

// Whole number of a pixel coordinate, kept where the conversion to int is defined.
int pixel(float coordinate, int limit) {
  return static_cast<int>(std::clamp(coordinate, 0.0F, static_cast<float>(limit)));
}

}  // namespace

Canvas::Canvas(int width, int height)
    : width_(width), height_(height), pixels_(static_cast<std::size_t>(width * height), 0.0F) {}

// Calls visit(value, distance) for every pixel that may lie within `reach` of the segment.
template <typename Visit>
void Canvas::near_segment(Point a, Point b, float reach, Visit visit) {
  const int left = pixel(std::min(a.x, b.x) - reach, width_);
  const int right = pixel(std::max(a.x, b.x) + reach + 1, width_);
  const int top = pixel(std::min(a.y, b.y) - reach, height_);
  const int bottom = pixel(std::max(a.y, b.y) + reach + 1, height_);
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) {
      const Point centre{static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F};
      visit(pixels_[static_cast<std::size_t>(y * width_ + x)], distance(centre, a, b));
    }
  }
}

void Canvas::draw_line(std::span<const Point> points, float radius, float brightness) {
  for (std::size_t i = 1; i < points.size(); ++i) {
    near_segment(points[i - 1], points[i], radius + 1, [&](float& value, float away) {
      value = std::max(value, brightness * coverage(radius - away));
    });
  }
}

void Canvas::add_blob(Point centre, float radius, float brightness) {
  near_segment(centre, centre, radius, [&](float& value, float away) {
    value += brightness * std::max(0.0F, 1.0F - away / radius);
  });
}

void Canvas::fade_line(Point a, Point b, float radius, float factor) {
  near_segment(a, b, radius + 1, [&](float& value, float away) {
    value *= 1.0F - (1.0F - factor) * coverage(radius - away);
  });
}

std::vector<Point> smooth_curve(std::span<const Point> points, int steps) {
  if (points.size() < 3) return {points.begin(), points.end()};
  std::vector<Point> curve{points.front()};
  const std::size_t last = points.size() - 1;
  for (std::size_t i = 0; i < last; ++i) {
    const Point p0 = points[i == 0 ? 0 : i - 1], p1 = points[i], p2 = points[i + 1];
    const Point p3 = points[std::min(i + 2, last)];
    for (int s = 1; s <= steps; ++s) {
      const float t = static_cast<float>(s) / static_cast<float>(steps);
      // Catmull-Rom: (2 p1 + (p2 - p0) t + (2 p0 - 5 p1 + 4 p2 - p3) t^2
      //               + (3 p1 - p0 - 3 p2 + p3) t^3) / 2
      const auto blend = [t](float a, float b, float c, float d) {
        const float square = 2 * a - 5 * b + 4 * c - d;
        const float cube = 3 * b - a - 3 * c + d;
        return 0.5F * (2 * b + t * ((c - a) + t * (square + t * cube)));
      };
      curve.push_back({blend(p0.x, p1.x, p2.x, p3.x), blend(p0.y, p1.y, p2.y, p3.y)});
    }
  }
  return curve;
}

}  // namespace ridgeback::data
