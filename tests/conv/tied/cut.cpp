// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/tied/cut.hpp>
#include <vector>

#include "conv/tied/drawn_tied.hpp"

namespace {

using esp::index_t, esp::dims5;

constexpr auto plan = esp::plan_sums(drawn::cube_orbits<3>::value, 3, esp::tap_numbering::forwards);

esp::tied_correlation asked(const esp::conv3d& config, const dims5& input) {
  return {esp::forward_of(config, input, esp::output_dims(config, input)), esp::sums_view::of(plan)};
}

/// Every output is in one task.
void require_cover(const esp::tied_correlation& p, const esp::tied_blocking& b) {
  std::vector<int> seen(static_cast<std::size_t>(p.X.n * p.groups * p.out * p.outputs.volume()), 0);
  for (index_t number = 0; number < b.tasks; ++number) {
    const esp::task_range t = esp::task_at(p, b, number);
    for (index_t oc = t.oc0; oc < t.oc0 + t.OC; ++oc)
      for (index_t d = t.od0; d < t.od0 + t.OD; ++d)
        for (index_t h = t.oh0; h < t.oh0 + t.OH; ++h)
          for (index_t w = t.ow0; w < t.ow0 + t.OW; ++w) {
            const index_t channel = (t.n * p.groups + t.g) * p.out + oc;
            ++seen[static_cast<std::size_t>(((channel * p.outputs.d + d) * p.outputs.h + h) * p.outputs.w + w)];
          }
  }
  for (const int times : seen) REQUIRE(times == 1);
}

}  // namespace

TEST_CASE("tasks of tied taps cover the output, whatever its shape and the team", "[conv][tied]") {
  const esp::register_tile tile{4, 3};
  for (const index_t channels : {1, 12, 400}) {
    const esp::conv3d config{
        .in_channels = 2 * channels, .out_channels = 14, .kernel_size = 3, .padding = 1, .groups = 2};
    for (const dims5& input : {dims5{1, 2 * channels, 5, 70, 9}, dims5{2, 2 * channels, 3, 2, 130}}) {
      for (const index_t workers : {1, 2, 7}) {
        const esp::tied_correlation p = asked(config, input);
        const auto b = esp::tied_blocks_for<float>(p, tile, workers);
        require_cover(p, b);
        REQUIRE(b.one_pass == (channels < 400));
      }
    }
  }
}

TEST_CASE("scratch of tied taps stays within its budgets, and depths are walked where planes stay", "[conv][tied]") {
  using budget = esp::tied_budget;
  const dims5 input{1, 16, 48, 48, 48};
  const esp::conv3d config{.in_channels = 16, .out_channels = 16, .kernel_size = 3, .padding = 1};
  const auto alone = esp::tied_blocks_for<float>(asked(config, input), {8, 3}, 1);
  REQUIRE((alone.one_pass && alone.od == 48 && alone.oh > 4));
  REQUIRE(alone.ic * alone.layout.channel * 4 <= budget::sums);
  // A team needs tasks, and dilation along D leaves no plane for the next output.
  REQUIRE(esp::tied_blocks_for<float>(asked(config, input), {8, 3}, 4).tasks >= 16);
  esp::conv3d apart = config;
  apart.dilation = {2, 1, 1};
  REQUIRE(esp::tied_blocks_for<float>(asked(apart, input), {8, 3}, 1).od == 1);
}
