// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/evaluate.hpp>
#include <espalier/learned.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/weight_norm.hpp>
#include <espalier/weights/learned_numbers.hpp>

#include "support/sweep.hpp"

namespace {

using namespace support;
using esp::learned, esp::param, esp::per;

struct mixed_t : esp::policy<mixed_t> {
  static constexpr auto map(auto w) {
    const auto norm = esp::sqrt(esp::sum_of_squares(w) + esp::eps);
    return learned<"f", per::filter>.starts_at(norm) * param<"c"> * w / norm + learned<"i", per::input> * w * w +
           learned<"b", per::block>.starts_at(esp::max(w)) + learned<"w">.starts_at(0.5) * w;
  }
};
using policy = esp::per_filter_t<mixed_t>;

/// What `add_gradients` should add, from the formulas of the gradients run one number at a time.
template <class F, int Name>
void expect(const std::vector<double>& weight, const std::vector<double>& incoming, const std::vector<double>& numbers,
            std::vector<double>& expected) {
  using table = esp::number_table<F>;
  if constexpr (table::info[static_cast<std::size_t>(Name)].is_learned) {
    using d = esp::learned_gradient_formula<typename F::policy_type, Name, F::value.shape, F::eps>;
    std::vector<double> all(weight.size());
    esp::evaluator<d, double>{}(weight.data(), all.data(), numbers.data(), incoming.data());
    constexpr per part = table::info[static_cast<std::size_t>(Name)].part;
    const index_t in = F::value.shape.in, taps = F::value.shape.kernel.volume();
    for (index_t block = 0; block < F::value.shape.blocks(); ++block) {
      const index_t n = esp::number_of_block(part, block, in);
      if (part != per::input && block != esp::first_block_of(part, n, in)) continue;
      expected[static_cast<std::size_t>(table::offset_of(Name) - table::learned_begin + n)] +=
          all[static_cast<std::size_t>(block * taps)];
    }
  }
}

template <weight_shape Shape>
void check() {
  using formula = esp::formula<policy, Shape>;
  using numbers_type = esp::learned_numbers<formula, double>;
  using table = esp::number_table<formula>;
  STATIC_REQUIRE(numbers_type::names == 4);
  STATIC_REQUIRE(numbers_type::count == Shape.out + Shape.in + Shape.blocks() + 1);
  const auto weight = drawn_weight<double>(Shape, 3), incoming = drawn_weight<double>(Shape, 4);
  std::vector<double> numbers(static_cast<std::size_t>(table::total), 0.75), expected(numbers.size() - 1, 2.0);
  std::vector<double> found = expected;
  guarded_lines<double> scratch(std::max(numbers_type::start_scratch_size, numbers_type::gradient_scratch_size));

  numbers_type::start(weight.data(), numbers.data(), scratch.data());
  REQUIRE(scratch.intact());
  REQUIRE(numbers[0] == 0.75);
  const index_t length = Shape.in * Shape.kernel.volume();
  for (index_t f = 0; f < Shape.out; ++f) {
    double squares = 0, top = -10;
    for (index_t i = 0; i < length; ++i) {
      const double w = weight[static_cast<std::size_t>(f * length + i)];
      squares += w * w;
      top = std::max(top, w);
    }
    REQUIRE(std::fabs(numbers[static_cast<std::size_t>(1 + f)] - std::sqrt(squares + 1e-12)) <= 1e-12);
    for (index_t i = 0; i < Shape.in; ++i) {
      REQUIRE(numbers[static_cast<std::size_t>(1 + Shape.out + Shape.in + f * Shape.in + i)] == top);
    }
  }
  REQUIRE(numbers.back() == 0.5);
  REQUIRE(numbers[static_cast<std::size_t>(1 + Shape.out)] == 0.75);  // it starts nowhere

  numbers_type::add_gradients(weight.data(), numbers.data(), found.data(), scratch.data(), incoming.data());
  REQUIRE(scratch.intact());
  [&]<int... I>(std::integer_sequence<int, I...>) {
    (expect<formula, I>(weight, incoming, numbers, expected), ...);
  }(std::make_integer_sequence<int, table::count>{});
  for (std::size_t i = 0; i < found.size(); ++i) {
    REQUIRE(std::fabs(found[i] - expected[i]) <= 1e-11 * (1 + std::fabs(expected[i])));
  }
}

}  // namespace

TEST_CASE("learned numbers start where they are told and get the gradients of their formulas", "[numbers]") {
  check<weight_shape{.out = 5, .in = 3, .kernel = 3}>();
  check<weight_shape{.out = 9, .in = 1, .kernel = esp::extents{1, 1, 2}}>();
  check<weight_shape{.out = 1, .in = 17, .kernel = esp::extents{1, 3, 2}}>();
}

TEST_CASE("a prior without learned numbers has none of it", "[numbers]") {
  using none =
      esp::learned_numbers<esp::formula<esp::held::refused_t, weight_shape{.out = 2, .in = 2, .kernel = 3}>, float>;
  STATIC_REQUIRE(none::count == 0);
  STATIC_REQUIRE(none::start_scratch_size == 0);
  STATIC_REQUIRE(none::gradient_scratch_size == 0);
}
