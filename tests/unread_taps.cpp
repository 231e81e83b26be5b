// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/modes.hpp>
#include <espalier/policies/causal.hpp>
#include <espalier/policies/masked.hpp>
#include <espalier/unread_taps.hpp>
#include <string>

#include "support/catch.hpp"

namespace {

/// One digit a tap, 1 where `Prior` reads it.
template <auto Prior, esp::extents Kernel = esp::extents{1, 3, 3}>
std::string read() {
  using f = esp::formula<esp::to_policy_t<decltype(Prior)>, esp::weight_shape{.out = 2, .in = 2, .kernel = Kernel}>;
  const auto& taps = esp::taps_read_by<f>;
  std::string result;
  esp::index_t unread = 0;
  for (const bool is_read : taps.read) {
    result += is_read ? '1' : '0';
    unread += is_read ? 0 : 1;
  }
  CHECK(unread == taps.unread);
  return result;
}

constexpr auto centre = esp::center_tap;
constexpr auto hides_the_centre = [](auto w) { return esp::select(esp::inside(centre), 0, w); };
constexpr auto averages_what_it_hides = [](auto w) { return esp::select(esp::inside(centre), 0, w - esp::mean(w)); };
constexpr auto reads_others_for_it = [](auto w) {
  return esp::select(esp::inside(centre), esp::sum(w, esp::neighbors), w);
};
constexpr auto reads_it_twice = [](auto w) { return esp::select(esp::inside(centre), 0, w) + 0 * esp::max(w, centre); };
constexpr auto chooses_by_value = [](auto w) { return esp::select(w < 0, 0, w); };

}  // namespace

TEST_CASE("taps that a mask hides are not read", "[unread_taps]") {
  REQUIRE(read<esp::masked<'A'>>() == "111100000");
  REQUIRE(read<esp::masked<'B'>>() == "111110000");
  REQUIRE(read<esp::causal<esp::axis::height>>() == "111111000");
  REQUIRE(read<esp::causal<esp::axis::width>, esp::extents{2, 1, 3}>() == "110110");
  REQUIRE(read<hides_the_centre>() == "111101111");
  REQUIRE(read<(esp::masked<'A'> >> esp::modes::unit_l2)>() == "111100000");
  REQUIRE(read<(esp::masked<'A'> >> esp::modes::zero_mean)>() == "111100000");
}

TEST_CASE("a fixed tap is not read, and is where a reduction has it", "[unread_taps]") {
  REQUIRE(read<esp::modes::fixed_center<>>() == "111101111");
  REQUIRE(read<reads_others_for_it>() == "111101111");
  REQUIRE(read<averages_what_it_hides>() == "111111111");
  REQUIRE(read<(esp::modes::zero_mean >> esp::masked<'A'>)>() == "111111111");
}

TEST_CASE("where nothing says that a tap is not read, it is", "[unread_taps]") {
  REQUIRE(read<chooses_by_value>().empty());  // no regions: not looked at
  REQUIRE(read<esp::modes::unit_l2>().empty());
  REQUIRE(read<(chooses_by_value >> esp::on<esp::neighbors>(esp::clamp<0>))>() == "111111111");
  REQUIRE(read<reads_it_twice>() == "111111111");
}
