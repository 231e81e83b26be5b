// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <espalier/conv/cut/gradient_shares.hpp>
#include <vector>

#include "support/catch.hpp"

TEST_CASE("shares where jobs are few and the work is worth it", "[conv][backward]") {
  constexpr esp::conv3d cube{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1};
  static_assert(esp::gradient_shares(cube, {2, 8, 64, 64, 64}, 1) == 8);
  static_assert(esp::gradient_shares(cube, {2, 8, 64, 64, 64}, 3) == 3);
  static_assert(esp::gradient_shares(cube, {2, 8, 64, 64, 64}, 8) == 1);
  static_assert(esp::gradient_shares(cube, {1, 8, 4, 8, 8}, 1) == 1);
  static_assert(esp::gradient_shares(cube, {0, 8, 64, 64, 64}, 1) == 1);
}

TEST_CASE("the shares' sum is the same for every team", "[conv][backward]") {
  constexpr esp::index_t size = 9001;
  for (const esp::index_t shares : {1, 2, 3, 5, 8})
    for (const esp::index_t team : {1, 3}) {
      std::vector<float> partial(static_cast<std::size_t>(shares * size)), sum(static_cast<std::size_t>(size), 7);
      for (std::size_t i = 0; i < partial.size(); ++i) partial[i] = static_cast<float>(i / size + 1);
      const auto copy = partial;
      esp::detail::sum_shares(partial.data(), shares, size, sum.data(), true, esp::threads{team});
      REQUIRE(std::count(sum.begin(), sum.end(), static_cast<float>(7 + shares * (shares + 1) / 2)) == size);
      partial = copy;
      esp::detail::sum_shares(partial.data(), shares, size, sum.data(), false, esp::serial{});
      REQUIRE(std::count(sum.begin(), sum.end(), static_cast<float>(shares * (shares + 1) / 2)) == size);
    }
}
