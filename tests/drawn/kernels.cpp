// SPDX-License-Identifier: BSD-3-Clause
#include "drawn/kernels.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "drawn/tree.hpp"

namespace drawn {

namespace {

constexpr double largest = std::numeric_limits<double>::max();
constexpr double smallest = std::numeric_limits<double>::denorm_min();

double signed_by(random_source& random, double x) { return random.chance(50) ? x : -x; }

double any_tap(random_source& random) {
  switch (random.below(9)) {
    case 0:
      return random.chance(80) ? 0.0 : -0.0;
    case 1:
      return signed_by(random, smallest * (1 + random.below(1000)));
    case 2:
      return signed_by(random, random.one_of({largest, 1e308, 1e300, 1.5e154, 2e154}));
    case 3:
      return random.below(9) - 4;
    case 4:
      return (random.below(65) - 32) / 8.0;
    case 5:
      return signed_by(random, random.magnitude(-320, 308));
    case 6:
      return signed_by(random, random.magnitude(-9, 9));
    case 7:
      return random.uniform(0, 2);
    default:
      return random.uniform(-1, 1);
  }
}

/// One block in one style.
void draw_block(random_source& random, double* first, double* last) {
  const auto fill = [&](const auto& tap) { std::generate(first, last, tap); };
  const double size = random.chance(50) ? 1.0 : random.magnitude(-12, 12);
  const double one = any_tap(random);
  switch (random.below(14)) {
    case 0:
      return fill([&] { return any_tap(random); });
    case 1:
      return fill([&] { return one; });
    case 2:
      return fill([&] { return signed_by(random, one); });
    case 3:
      fill([] { return 0.0; });
      first[random.below(static_cast<int>(last - first))] = one;
      return;
    case 4: {  // a sum that nearly cancels, by one unit in the last place or not at all
      fill([&] { return size * random.uniform(-1, 1); });
      double sum = 0;
      for (const double* x = first; x + 1 != last; ++x) sum += *x;
      last[-1] = random.chance(50) ? -sum : std::nextafter(-sum, random.uniform(-1, 1));
      return;
    }
    case 5:
      return fill([&] { return -std::fabs(any_tap(random)); });
    case 6:
      return fill([&] { return std::fabs(any_tap(random)); });
    case 7:
      return fill([&] { return static_cast<double>(random.below(7) - 3); });
    case 8:
      return fill([&] { return (random.below(65) - 32) / 8.0; });
    case 9:
      return fill([&] { return random.chance(50) ? one : size * random.uniform(-1, 1); });
    case 10: {  // equal up to a unit in the last place
      const double base = size * random.uniform(-1, 1);
      return fill([&] { return random.chance(50) ? base : std::nextafter(base, 0.0); });
    }
    case 11:
      return fill([&] { return -size * random.uniform(0, 1); });
    default:
      return fill([&] { return size * random.uniform(-1, 1); });
  }
}

}  // namespace

void draw_input(random_source& random, const esp::weight_shape& shape, input& in) {
  in.weight.resize(static_cast<std::size_t>(shape.size()));
  in.eps = 0;
  double* const first = in.weight.data();
  const auto taps = shape.kernel.volume();
  for (esp::index_t block = 0; block < shape.blocks(); ++block) {
    if (block > 0 && random.chance(10)) {
      std::copy(first, first + taps, first + block * taps);
    } else {
      draw_block(random, first + block * taps, first + (block + 1) * taps);
    }
  }
  for (int i = 0; i < named_count; ++i) {
    std::vector<double>& numbers = in.numbers[static_cast<std::size_t>(i)];
    const esp::per part = named_numbers[i].part;
    numbers.resize(static_cast<std::size_t>(part == esp::per::weight   ? 1
                                            : part == esp::per::filter ? shape.out
                                            : part == esp::per::input  ? shape.in
                                                                       : shape.blocks()));
    for (double& p : numbers) p = random.chance(50) ? random.uniform(-2, 2) : any_tap(random);
  }
}

std::string text_of(const input& in) {
  std::string text = "{";
  for (double x : in.weight) text += (text.size() == 1 ? "" : ", ") + source_of(x);
  text += "}";
  for (int i = 0; i < named_count; ++i) {
    text += std::string(", ") + named_numbers[i].name + " =";
    for (const double x : in.numbers[static_cast<std::size_t>(i)]) text += " " + source_of(x);
  }
  return text;
}

}  // namespace drawn
