// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/tied/fill.hpp>
#include <vector>

#include "conv/tied/drawn_tied.hpp"

namespace {

using esp::index_t;

/// What product `g` of output (od, oh, ow) should read: the sum of its group's taps of a channel.
template <class Groups>
double expected(const Groups& groups, index_t g, const std::vector<double>& x, const esp::dims5& X, esp::tap_index o) {
  double sum = 0;
  for (index_t t = 0; t < 27; ++t) {
    if (groups.group[static_cast<std::size_t>(t)] != g) continue;
    const esp::tap_index k = esp::tap_at(t, 3);
    const index_t d = o.d + k.d - 1, h = o.h + k.h - 1, w = o.w + k.w - 1;
    if (d < 0 || d >= X.d || h < 0 || h >= X.h || w < 0 || w >= X.w) continue;
    const double value = x[static_cast<std::size_t>((d * X.h + h) * X.w + w)];
    sum += groups.negated[static_cast<std::size_t>(t)] ? -value : value;
  }
  return sum;
}

}  // namespace

TEST_CASE("scratch holds the sums of every group, output plane by output plane", "[conv][tied]") {
  using table = drawn::random_table<esp::extents{3}, 31>;
  static constexpr auto plan = esp::plan_sums(table::value, 3, esp::tap_numbering::forwards);
  constexpr auto groups = esp::tied_groups_of(table::value, esp::tap_numbering::forwards);
  const esp::dims5 X{1, 2, 6, 7, 19};
  std::vector<double> x(static_cast<std::size_t>(X.size()));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i * 37 % 101) - 50;
  esp::plane_layout plane;
  plane.h = plane.w = {3, 1, 1, 1};
  const auto l = esp::sums_layout::of<double>(esp::sums_view::of(plan), plane, 3, esp::lanes<double>, 4, 19);
  std::vector<double> scratch(static_cast<std::size_t>(2 * l.channel + l.passing), 1e300);
  const esp::sums_block block{2, 4, 0, 19, 1, 1, 1};
  const esp::sums_filler<double> filler{l, X};
  const std::vector<double> second(x.begin() + X.size() / 2, x.end());
  for (index_t od = 0; od < 4; ++od) {
    filler.fill(block, od, 2, x.data(), scratch.data(), scratch.data() + 2 * l.channel);
    index_t wrong = 0;
    for (index_t g = 0; g < plan.groups; ++g) {
      for (index_t q = 0; q < 4 * 19; ++q) {
        const index_t oh = q / 19, ow = q % 19;
        const index_t at = l.place(plan.group[static_cast<std::size_t>(g)], od) + oh * l.plane.pitch + ow;
        const esp::tap_index o{1 + od, 2 + oh, ow};
        wrong += scratch[static_cast<std::size_t>(at)] == expected(groups, g, x, X, o) ? 0 : 1;
        wrong += scratch[static_cast<std::size_t>(l.channel + at)] == expected(groups, g, second, X, o) ? 0 : 1;
      }
    }
    REQUIRE(wrong == 0);
  }
}
