// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/call_plan.hpp>

#include "support/catch.hpp"

namespace {

using esp::index_t;

/// A nest that counts how often it is asked for a cut.
struct counted {
  struct cut_type {
    index_t elements = 0;
    index_t shares = 1;

    [[nodiscard]] index_t worker_elements() const { return elements; }
  };
  static inline int cuts = 0;

  static cut_type cut(index_t problem, index_t workers) {
    ++cuts;
    return {problem / workers};
  }
  static cut_type cut(const esp::conv3d& config, const esp::dims5& output) {
    ++cuts;
    return {64 * output.c, config.groups};
  }
};

constexpr index_t line = esp::detail::line_elements<float>;
constexpr esp::dims5 input{1, 2, 3, 4, 5}, output{1, 6, 3, 4, 5};

}  // namespace

TEST_CASE("a plan has the cut for its team, made once", "[conv]") {
  counted::cuts = 0;
  const auto plan = esp::detail::planned<counted, float>(input, output, index_t{960}, false, 3);
  REQUIRE(counted::cuts == 1);
  REQUIRE((plan.input == input && plan.output == output && plan.problem == 960));
  REQUIRE((plan.cut.elements == 320 && plan.scratch == 3 * 320 + line));
}

TEST_CASE("nothing is cut where there is nothing to compute", "[conv]") {
  counted::cuts = 0;
  const auto plan = esp::detail::planned<counted, float>(input, output, index_t{960}, true, 3);
  REQUIRE((counted::cuts == 0 && plan.cut.elements == 0 && plan.scratch == line));
}

TEST_CASE("the partial sums of a gradient lie behind the scratch of the team", "[conv][backward]") {
  constexpr esp::conv3d config{.in_channels = 2, .out_channels = 6, .kernel_size = 1, .groups = 2};
  counted::cuts = 0;
  const auto plan = esp::detail::planned_gradient<counted, float>(config, input, output, 2);
  REQUIRE(counted::cuts == 1);
  REQUIRE((plan.partial == 2 * 384 && plan.scratch == 2 * 384 + line + 2 * 6));
  constexpr esp::conv3d whole{.in_channels = 2, .out_channels = 6, .kernel_size = 1};
  REQUIRE(esp::detail::planned_gradient<counted, float>(whole, input, output, 1).scratch == 384 + line);
}
