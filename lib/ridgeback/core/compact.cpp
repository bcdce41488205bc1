// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/compact.hpp"

#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/error.hpp"

#include <algorithm>
#include <bit>
#include <fmt/core.h>
#include <optional>

namespace ridgeback {
namespace {

constexpr std::uint32_t mask_form = 0, places_form = 1, gaps_form = 2;
constexpr std::int64_t longest_run = 65536;
// Values that a bit of the stream may stand for: bounds what a small file can make a reader hold.
constexpr std::int64_t most_per_bit = 65536;
constexpr std::size_t header_words = 3;

// Bits of numbers from 0 to `highest`.
int width_of(std::int64_t highest) {
  return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(highest)));
}

// Of a ternary code that is kept only the sign is left to say.
int code_bits(DType type) {
  return type == DType::ternary ? 1 : bits_of(type);
}

std::int64_t row_words(DType type, std::int64_t cols) {
  return type == DType::f32 ? cols : words_per_row(type, cols);
}

// A value of a row as the bits of the stream; nothing where it is zero.
std::optional<std::uint32_t> kept_code(DType type, const std::uint32_t* row, std::int64_t col) {
  if (type == DType::f32) {
    // -0 is left out too: no product tells it from 0.
    return (row[col] << 1U) == 0 ? std::nullopt : std::optional(row[col]);
  }
  const std::int32_t code = code_at(type, row, col);
  if (code == 0) return std::nullopt;
  if (type == DType::ternary) return code < 0 ? 1U : 0U;
  return static_cast<std::uint32_t>(code) & ((1U << static_cast<unsigned>(code_bits(type))) - 1);
}

// Sets a value of a row of zeros.
void put_code(DType type, std::uint32_t* row, std::int64_t col, std::uint32_t code) {
  if (type == DType::f32) {
    row[col] = code;
  } else if (type == DType::ternary) {
    const std::int64_t pair = col / 32 * 2;
    row[pair] |= code << static_cast<unsigned>(col % 32);
    row[pair + 1] |= 1U << static_cast<unsigned>(col % 32);
  } else {
    const std::int64_t per_word = 32 / code_bits(type);
    row[col / per_word] |= code << static_cast<unsigned>(col % per_word * code_bits(type));
  }
}

struct Form {
  std::uint32_t kind = mask_form;
  std::int64_t length = 0;  // word 1
  std::int64_t kept = 0;    // word 2
  std::int64_t bits = 0;
};

class BitWriter {
 public:
  explicit BitWriter(const Form& form)
      : words_{form.kind, static_cast<std::uint32_t>(form.length),
               static_cast<std::uint32_t>(form.kept)} {}

  void put(std::uint32_t value, int width) {
    pending_ |= static_cast<std::uint64_t>(value) << static_cast<unsigned>(filled_);
    filled_ += width;
    if (filled_ >= 32) {
      words_.push_back(static_cast<std::uint32_t>(pending_));
      pending_ >>= 32U;
      filled_ -= 32;
    }
  }

  [[nodiscard]] std::vector<std::uint32_t> finish() {
    if (filled_ > 0) words_.push_back(static_cast<std::uint32_t>(pending_));
    return std::move(words_);
  }

 private:
  std::vector<std::uint32_t> words_;
  std::uint64_t pending_ = 0;
  int filled_ = 0;
};

class BitReader {
 public:
  explicit BitReader(std::span<const std::uint32_t> words) : words_(words) {}

  std::uint32_t take(int width) {
    require(at_ + width <= static_cast<std::int64_t>(words_.size()) * 32,
            "compact codes: the stream ends too early");
    std::uint64_t bits = 0;
    const auto word = static_cast<std::size_t>(at_ / 32);
    if (width > 0) bits = words_[word];
    if (at_ % 32 + width > 32) bits |= static_cast<std::uint64_t>(words_[word + 1]) << 32U;
    bits >>= static_cast<unsigned>(at_ % 32);
    at_ += width;
    return static_cast<std::uint32_t>(bits &
                                      ((std::uint64_t{1} << static_cast<unsigned>(width)) - 1));
  }

  void require_end() {
    const std::int64_t left = static_cast<std::int64_t>(words_.size()) * 32 - at_;
    require(left < 32 && take(static_cast<int>(left)) == 0, "compact codes: more bits than values");
  }

 private:
  std::span<const std::uint32_t> words_;
  std::int64_t at_ = 0;
};

// Where the kept values are: row * cols + column, ascending.
using Places = std::vector<std::int64_t>;

// Runs of this length if they keep equally many; nothing if not.
std::optional<Form> places_form_of(const Places& kept, std::int64_t rows, std::int64_t cols,
                                   std::int64_t run, int width) {
  if (cols < run || kept.empty()) return std::nullopt;
  // If all runs keep as many as the first one, this is how many.
  const auto count = std::lower_bound(kept.begin(), kept.end(), run) - kept.begin();
  std::size_t at = 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t begin = 0; begin < cols; begin += run) {
      const std::int64_t length = std::min(run, cols - begin);
      const std::size_t first = at;
      while (at < kept.size() && kept[at] < r * cols + begin + length) ++at;
      if (static_cast<std::int64_t>(at - first) != std::min<std::int64_t>(count, length))
        return std::nullopt;
    }
  }
  const auto entries = static_cast<std::int64_t>(kept.size());
  return Form{places_form, run, count, entries * (width_of(run - 1) + width)};
}

std::optional<Form> gaps_form_of(const Places& kept, std::int64_t count, int k, int width) {
  Form form{gaps_form, k, static_cast<std::int64_t>(kept.size()), 0};
  std::int64_t next = 0;
  for (const std::int64_t place : kept) {
    form.bits += ((place - next) >> k) + 1 + k + width;
    next = place + 1;
  }
  if (count > (form.bits + 1) * most_per_bit || form.kept > 0xffffffff) return std::nullopt;
  return form;
}

Form best_form(const Places& kept, std::int64_t rows, std::int64_t cols, int width) {
  Form best;
  best.bits = rows * cols + static_cast<std::int64_t>(kept.size()) * width;
  const auto offer = [&](const std::optional<Form>& form) {
    if (form && form->bits < best.bits) best = *form;
  };
  for (std::int64_t run = 2; run < 2 * std::min(cols, longest_run); run *= 2)
    offer(places_form_of(kept, rows, cols, std::min({run, cols, longest_run}), width));
  for (int k = 0; k < 32; ++k) offer(gaps_form_of(kept, rows * cols, k, width));
  return best;
}

class Writer {
 public:
  Writer(DType type, const std::uint32_t* words, std::int64_t cols, const Form& form)
      : type_(type), words_(words), cols_(cols), form_(form), out_(form) {}

  [[nodiscard]] std::vector<std::uint32_t> write(const Places& kept, std::int64_t count) {
    switch (form_.kind) {
      case mask_form:
        write_mask(kept, count);
        break;
      case places_form:
        for (const std::int64_t place : kept) {
          const std::int64_t in_run = place % cols_ % form_.length;
          out_.put(static_cast<std::uint32_t>(in_run), width_of(form_.length - 1));
          put_code_at(place);
        }
        break;
      default:
        write_gaps(kept);
    }
    return out_.finish();
  }

 private:
  void put_code_at(std::int64_t place) {
    const std::uint32_t* row = words_ + place / cols_ * row_words(type_, cols_);
    out_.put(*kept_code(type_, row, place % cols_), code_bits(type_));
  }

  void write_mask(const Places& kept, std::int64_t count) {
    std::int64_t next = 0;
    for (const std::int64_t place : kept) {
      for (; next < place; ++next) out_.put(0, 1);
      out_.put(1, 1);
      ++next;
    }
    for (; next < count; ++next) out_.put(0, 1);
    for (const std::int64_t place : kept) put_code_at(place);
  }

  void write_gaps(const Places& kept) {
    const int k = static_cast<int>(form_.length);
    std::int64_t next = 0;
    for (const std::int64_t place : kept) {
      const std::int64_t gap = place - next;
      for (std::int64_t i = gap >> k; i > 0; --i) out_.put(1, 1);
      out_.put(0, 1);
      out_.put(static_cast<std::uint32_t>(gap & ((std::int64_t{1} << k) - 1)), k);
      put_code_at(place);
      next = place + 1;
    }
  }

  DType type_;
  const std::uint32_t* words_;
  std::int64_t cols_;
  Form form_;
  BitWriter out_;
};

void check_code(DType type, std::uint32_t code) {
  const bool zero = type == DType::f32 ? (code << 1U) == 0 : type != DType::ternary && code == 0;
  require(!zero, "compact codes: a kept value is zero");
}

class Reader {
 public:
  Reader(DType type, const Form& form, std::span<const std::uint32_t> stream, std::int64_t rows,
         std::int64_t cols)
      : type_(type),
        form_(form),
        in_(stream),
        rows_(rows),
        cols_(cols),
        dense_(static_cast<std::size_t>(rows * row_words(type, cols))) {}

  [[nodiscard]] std::vector<std::uint32_t> read() {
    switch (form_.kind) {
      case mask_form:
        read_mask();
        break;
      case places_form:
        read_places();
        break;
      default:
        read_gaps();
    }
    in_.require_end();
    return std::move(dense_);
  }

 private:
  void take_code(std::int64_t row, std::int64_t col) {
    const std::uint32_t code = in_.take(code_bits(type_));
    check_code(type_, code);
    put_code(type_, dense_.data() + row * row_words(type_, cols_), col, code);
  }

  void read_mask() {
    BitReader mask = in_;
    for (std::int64_t i = 0; i < rows_ * cols_; ++i) static_cast<void>(in_.take(1));
    for (std::int64_t i = 0; i < rows_ * cols_; ++i) {
      if (mask.take(1) == 1) take_code(i / cols_, i % cols_);
    }
  }

  void read_places() {
    for (std::int64_t r = 0; r < rows_; ++r) {
      for (std::int64_t begin = 0; begin < cols_; begin += form_.length)
        read_run(r, begin, std::min(form_.length, cols_ - begin));
    }
  }

  void read_run(std::int64_t row, std::int64_t begin, std::int64_t length) {
    std::int64_t previous = -1;
    for (std::int64_t i = 0; i < std::min(form_.kept, length); ++i) {
      const std::int64_t place = in_.take(width_of(form_.length - 1));
      require(place > previous && place < length,
              "compact codes: places must ascend within their run");
      previous = place;
      take_code(row, begin + place);
    }
  }

  void read_gaps() {
    const int k = static_cast<int>(form_.length);
    std::int64_t place = -1;
    for (std::int64_t i = 0; i < form_.kept; ++i) {
      std::int64_t high = 0;
      while (in_.take(1) == 1) ++high;
      place += 1 + (high << k) + in_.take(k);
      require(place < rows_ * cols_, "compact codes: more values than the matrix has");
      take_code(place / cols_, place % cols_);
    }
  }

  DType type_;
  Form form_;
  BitReader in_;
  std::int64_t rows_;
  std::int64_t cols_;
  std::vector<std::uint32_t> dense_;
};

Form read_header(std::span<const std::uint32_t> words, std::int64_t rows, std::int64_t cols) {
  require(words.size() >= header_words, "compact codes: no header");
  const Form form{words[0], words[1], words[2], 0};
  const bool mask = form.kind == mask_form && form.length == 0 && form.kept == 0;
  const bool places = form.kind == places_form && form.length >= 1 && form.length <= longest_run &&
                      form.kept >= 1 && form.kept <= form.length;
  const bool gaps = form.kind == gaps_form && form.length < 32;
  require(mask || places || gaps, fmt::format("compact codes: no such form (got {}, {}, {})",
                                              words[0], words[1], words[2]));
  const auto bits = static_cast<std::int64_t>(words.size() - header_words) * 32;
  require(cols == 0 || rows <= (bits + 1) * most_per_bit / cols,
          "compact codes: the stream ends too early");
  return form;
}

}  // namespace

bool can_compact(DType type) {
  return type == DType::ternary || type == DType::i2 || type == DType::i4 || type == DType::i8 ||
         type == DType::f32;
}

std::vector<std::uint32_t> compact(DType type, std::span<const std::uint32_t> words,
                                   std::int64_t rows, std::int64_t cols) {
  require(can_compact(type), fmt::format("compact: zeros cannot be left out of {}", name(type)));
  const std::int64_t stride = row_words(type, cols);
  require(static_cast<std::int64_t>(words.size()) == rows * stride,
          fmt::format("compact: wrong number of words (got {}, expected {})", words.size(),
                      rows * stride));
  Places kept;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < cols; ++c) {
      if (kept_code(type, words.data() + r * stride, c)) kept.push_back(r * cols + c);
    }
  }
  const Form form = best_form(kept, rows, cols, code_bits(type));
  if (static_cast<std::int64_t>(header_words) + (form.bits + 31) / 32 >= rows * stride) return {};
  return Writer(type, words.data(), cols, form).write(kept, rows * cols);
}

std::vector<std::uint32_t> expand(DType type, std::span<const std::uint32_t> words,
                                  std::int64_t rows, std::int64_t cols) {
  require(can_compact(type), fmt::format("expand: zeros cannot be left out of {}", name(type)));
  const Form form = read_header(words, rows, cols);
  return Reader(type, form, words.subspan(header_words), rows, cols).read();
}

}  // namespace ridgeback
