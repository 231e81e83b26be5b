// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What one call of a kernel knows before it runs, found out once and handed down.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/cut/team.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/dims.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The plan of one call: shapes, what the nest of the chosen family is asked, how it cuts that for a team, and how much
/// scratch the team takes. The family, its form and the packed weight are the kernel's: they are known when it is
/// compiled.
template <class Problem, class Cut>
struct call_plan {
  dims5 input;   ///< Shape of the forward convolution's input.
  dims5 output;  ///< Shape of its output.
  Problem problem;
  Cut cut;
  index_t scratch = 0;  ///< Elements for the team, wherever the caller's buffer starts.
};

/// The same for a gradient of the weight, which has no problem but the configuration.
template <class Cut>
struct gradient_plan {
  dims5 input;
  dims5 output;
  Cut cut;
  index_t partial = 0;  ///< Elements of scratch before the shares' sums.
  index_t scratch = 0;
  extents before{};  ///< Of a window: the padding before what is read.
};

/// The plan of a call of `Nest` for a team of `workers`. Nothing is cut where there is nothing to compute.
template <class Nest, class T, class Problem>
auto planned(const dims5& input, const dims5& output, const Problem& problem, bool empty, index_t workers) {
  call_plan<Problem, typename Nest::cut_type> plan{input, output, problem, {}, 0};
  if (!empty) plan.cut = Nest::cut(problem, workers);
  plan.scratch = team_elements<T>(plan.cut.worker_elements(), workers);
  return plan;
}

/// The plan of a gradient of the weight by `Nest`. Without outputs it is zero: there is a task that writes it.
template <class Nest, class T>
auto planned_gradient(const conv3d& config, const dims5& input, const dims5& output, index_t workers) {
  gradient_plan<typename Nest::cut_type> plan{input, output, Nest::cut(config, output), 0, 0};
  const index_t shares = plan.cut.shares > 1 ? plan.cut.shares * weight_shape_of(config).size() : 0;
  plan.partial = team_size(workers) * plan.cut.worker_elements();
  plan.scratch = team_elements<T>(plan.cut.worker_elements(), workers) + shares;
  return plan;
}

/// The configuration of a part of a convolution: with so much padding before what is read.
[[nodiscard]] constexpr conv3d padded_by(const conv3d& config, const extents& before) {
  conv3d part = config;
  part.padding = padding{};
  part.padding.explicit_pads = {before, pads_of(config).after};
  return part;
}

/// The plan of a gradient of the weight over a window of the output, from the part of the input that `part_read` says:
/// of `padded_by(config, plan.before)`. @pre as `part_read`.
template <class Nest, class T>
auto planned_gradient(const conv3d& config, const dims5& input, const volume_window& window, index_t workers) {
  const input_part read = part_read(config, input, window);
  const dims5 output = resized({input.n, config.out_channels, 0, 0, 0}, window.size);
  auto plan =
      planned_gradient<Nest, T>(padded_by(config, read.before), resized(input, read.window.size), output, workers);
  plan.before = read.before;
  return plan;
}

}  // namespace esp::inline ESPALIER_ABI::detail
