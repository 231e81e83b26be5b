// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <espalier/dsl.hpp>
#include <espalier/prior/redo.hpp>
#include <espalier/prior/sweep.hpp>
#include <vector>

#include "support/catch.hpp"
#include "support/sweep.hpp"

namespace {

using esp::index_t;
constexpr esp::weight_shape shape{.out = 5, .in = 7, .kernel = 3};
using norm = esp::formula<esp::to_policy_t<decltype(esp::modes::unit_l2)>, shape, 0.0>;

}  // namespace

TEMPLATE_TEST_CASE("a block out of range is computed again, its neighbours keep their bits", "[redo]", float, double) {
  using T = TestType;
  std::vector<T> weight = support::drawn_weight<T>(shape, 9);
  for (T& w : weight) w += 9;
  support::guarded_lines<T> scratch(esp::sweep<norm, T>::scratch_size);
  std::vector<T> plain(weight.size()), scaled(weight.size());
  esp::sweep<norm, T>::run(weight.data(), plain.data(), nullptr, scratch.data());
  const T factor = std::ldexp(T(1), std::numeric_limits<T>::max_exponent - 6);
  for (std::size_t block = 0; block < 35; block += 1 + block % 3) {
    std::vector<T> large = weight;
    for (std::size_t t = 0; t < 27; ++t) large[block * 27 + t] *= factor;
    esp::sweep<norm, T>::run(large.data(), scaled.data(), nullptr, scratch.data());
    REQUIRE(scratch.intact());
    for (std::size_t i = 0; i < weight.size(); ++i) {
      const bool redone = i / 27 == block;
      REQUIRE(std::fabs(scaled[i] - plain[i]) <= (redone ? 4 * std::numeric_limits<T>::epsilon() : T(0)));
    }
  }
}

TEMPLATE_TEST_CASE("the scalars of a column say what was watched", "[redo]", float, double) {
  using T = TestType;
  constexpr index_t width = esp::lanes<T>;
  std::vector<T> blocks(static_cast<std::size_t>(2 * 3 * width), T(1));
  const std::vector<T> others(static_cast<std::size_t>(3 * width), T(1));
  const esp::watched_scalar sum{.id = 1, .level = esp::scope::block, .least = true, .most = true, .sums = true};
  const esp::scalar_homes<T> homes{blocks.data(), others.data(), others.data(), others.data(), 2, 3};
  blocks[static_cast<std::size_t>((3 + 1) * width + width - 1)] = std::numeric_limits<T>::infinity();
  for (index_t lane = 0; lane < width; ++lane) {
    esp::range_verdict verdict;
    esp::look_at_scalars(&sum, 1, homes, lane, verdict);
    REQUIRE(verdict.left == (lane == width - 1));
  }
}
