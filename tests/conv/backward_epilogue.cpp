// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/backward_epilogue.hpp>
#include <vector>

#include "conv/walled.hpp"
#include "support/catch.hpp"

namespace {

using namespace esp::detail;
using esp::index_t;

/// Each of `count` elements against a rule, between walls, in place where the sums are.
template <class Stages, class T, class Rule>
void check(index_t count, index_t team, const Rule& rule) {
  drawn::walled<T> from(count), residual(count), grad_y(count), grad_sum(count), grad_residual(count);
  T *f = from.back(), *r = residual.front(), *g = grad_y.back(), *gs = grad_sum.front(), *gr = grad_residual.back();
  for (index_t i = 0; i < count; ++i) {
    f[i] = static_cast<T>(i % 7 - 3);
    r[i] = static_cast<T>(i % 5 - 2);
    g[i] = static_cast<T>(i % 11 + 1);
  }
  std::vector<T> before(f, f + count);
  backward_epilogue<Stages, T>({count, f, r, g, gs, gr}, esp::threads{team});
  index_t wrong = 0;
  for (index_t i = 0; i < count; ++i) {
    const auto [sum, added] = rule(f[i], r[i], g[i]);
    wrong += gs[i] == sum && gr[i] == added ? 0 : 1;
  }
  backward_epilogue<Stages, T>({count, f, r, g, f, nullptr}, esp::threads{team});
  for (index_t i = 0; i < count; ++i) wrong += f[i] == gs[i] ? 0 : 1;
  REQUIRE(wrong == 0);
}

}  // namespace

TEMPLATE_TEST_CASE("the gradient of each element by itself, for any team", "[epilogue][backward]", float, double) {
  using T = TestType;
  for (const index_t count : {1, 7, 16, 63, 16384, 40001}) {
    for (const index_t team : {1, 3}) {
      check<stage_list<residual_stage, relu_stage>, T>(
          count, team, [](T y, T, T g) { return std::pair(y <= 0 ? T(0) : g, y <= 0 ? T(0) : g); });
      check<stage_list<leaky_relu_stage<2.0>, residual_stage, relu_stage>, T>(count, team, [](T s, T r, T g) {
        const T v = (s <= 0 ? 2 * s : s) + r, added = v <= 0 ? T(0) : g;
        return std::pair(s <= 0 ? 2 * added : added, added);
      });
    }
  }
}
