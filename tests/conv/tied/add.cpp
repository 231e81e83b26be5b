// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/tied/add.hpp>
#include <utility>
#include <vector>

#include "support/catch.hpp"

TEMPLATE_TEST_CASE("runs are added with their signs, any number of them", "[conv][tied]", float, double) {
  using T = TestType;
  using esp::index_t;
  constexpr index_t room = 200;
  std::vector<T> x(static_cast<std::size_t>(2 * room));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(static_cast<int>(i * i % 23) - 11);
  const auto negated = [](index_t run) { return run % 3 == 1; };
  for (index_t terms = 1; terms <= 14; ++terms) {
    for (const index_t count : {1, 7, 16, 31, 64, 100}) {
      // Whole registers are written, and nothing behind them.
      const index_t end = (count + esp::lanes<T> - 1) / esp::lanes<T> * esp::lanes<T>;
      std::vector<T> to(static_cast<std::size_t>(room), T(99));
      esp::add_runs(terms, count, to.data(),
                    [&](index_t run) { return std::pair<const T*, bool>(x.data() + 5 * run, negated(run)); });
      index_t wrong = 0;
      for (index_t i = 0; i < count; ++i) {
        T sum = 0;
        for (index_t run = 0; run < terms; ++run) {
          sum += (negated(run) ? T(-1) : T(1)) * x[static_cast<std::size_t>(5 * run + i)];
        }
        wrong += to[static_cast<std::size_t>(i)] == sum ? 0 : 1;
      }
      for (index_t i = end; i < room; ++i) wrong += to[static_cast<std::size_t>(i)] == T(99) ? 0 : 1;
      REQUIRE(wrong == 0);
    }
  }
}
