// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What is known of a convolution's calls before their operands are: the kernels, how a call's scratch is laid out, and
/// the plan of a call for an input of a shape and a team.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/algorithm.hpp>
#include <espalier/conv/backward_data.hpp>
#include <espalier/conv/backward_weights.hpp>
#include <espalier/conv/choose.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/forward.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/scattered/nest.hpp>
#include <espalier/conv/winograd/backward_data.hpp>
#include <espalier/conv/winograd/forward.hpp>
#include <espalier/conv/winograd/gradient_nest.hpp>
#include <espalier/dims.hpp>
#include <espalier/enforcement.hpp>
#include <espalier/error.hpp>
#include <espalier/gradient.hpp>
#include <espalier/prior/sweep.hpp>
#include <espalier/shape.hpp>
#include <espalier/weights/packing.hpp>
#include <limits>
#include <optional>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

/// The kernels of a valid configuration whose weight obeys formula `F`, and the plans of their calls.
///
/// All rooms are elements, in whole lines; a call's scratch is aligned to one first. Forward: the packed weight, the
/// copy of the weight, then what the sweep and after it the kernel work in. Backward: what the activation let pass, the
/// transposed packed weight, its copy, the weight's gradient, the rest.
template <conv3d Config, class F, class T>
struct convolution_plans {
  static constexpr bool needs_output = Config.activation != activation::none;
  static constexpr bool through_prior = Config.enforce == enforcement::forward;

  // Naming a kernel instantiates nothing of it: the other algorithm costs no compile time.
  template <direction What, class Direct, class Winograd>
  using kernel = std::conditional_t<is_winograd(algorithm_for(Config, What)), Winograd, Direct>;
  using forward_kernel = kernel<direction::forward, direct_forward<Config, T>, winograd_forward<Config, T>>;
  using backward_data =
      kernel<direction::backward_data, direct_backward_data<Config, T>, winograd_backward_data<Config, T>>;
  using backward_weights =
      kernel<direction::backward_weights, direct_backward_weights<Config, T>, winograd_backward_weights<Config, T>>;
  /// Taps so far apart that the other kernels' padded copies would be mostly padding.
  using scattered = scattered_taps<Config, T>;

  using sweep_type = sweep<F, T>;
  using gradient_sweep = sweep<gradient_formula<typename F::policy_type, F::value.shape, F::eps>, T>;
  template <class Kernel>
  using packing = weight_packing<F, Kernel, T, through_prior>;

  static constexpr index_t line = detail::line_elements<T>;
  static constexpr index_t whole_lines(index_t count) { return detail::whole_lines<T>(count); }
  static constexpr index_t packed_room = whole_lines(forward_kernel::packed_size());
  static constexpr index_t weight_room = whole_lines(weight_shape_of(Config).size());
  static constexpr index_t data_room = whole_lines(backward_data::packed_size());
  /// The output's gradient where the activation let it pass.
  static constexpr index_t passed_room(const dims5& output) { return needs_output ? whole_lines(output.size()) : 0; }
  /// The weight's gradient on its way through the prior's.
  static constexpr index_t part_room = through_prior ? weight_room : 0;
  static constexpr index_t gradient_room = through_prior ? gradient_sweep::scratch_size : 0;
  template <class Kernel>
  static constexpr index_t copy_room = whole_lines(packing<Kernel>::copy_size);
  /// The constrained weight, and what its sweep works in.
  static constexpr index_t scattered_scratch = line + (through_prior ? weight_room + sweep_type::scratch_size : 0);

  /// What a call of `forward` knows before it runs.
  struct forward_plan {
    dims5 input;
    dims5 output;
    std::optional<typename forward_kernel::plan_type> kernel;  ///< None where taps lie too far apart for it.
    index_t scratch = 0;
  };
  /// Throws ESP-101 to ESP-104; ESP-103 too for a team whose scratch no 64-bit size can count.
  [[nodiscard]] static forward_plan plan_forward(const dims5& input, index_t workers) {
    forward_plan p{input, output_dims(Config, input), {}, scattered_scratch};
    if (scatters(input, p.output)) return p;
    const index_t running = plan_kernel<forward_kernel>(p.kernel, input, p.output, workers);
    p.scratch = packed_room + copy_room<forward_kernel> + line + larger(running, packing<forward_kernel>::scratch_size);
    return p;
  }

  /// The same for a call of `backward`.
  struct backward_plan {
    dims5 input;
    dims5 output;
    std::optional<typename backward_data::plan_type> data;
    std::optional<typename backward_weights::plan_type> weight;
    index_t scratch = 0;
  };
  [[nodiscard]] static backward_plan plan_backward(const dims5& input, index_t workers) {
    backward_plan p{input, output_dims(Config, input), {}, {}, scattered_scratch + part_room + gradient_room};
    const index_t passed = passed_room(p.output);
    p.scratch += passed;
    if (scatters(input, p.output)) return p;
    const index_t data = plan_kernel<backward_data>(p.data, input, p.output, workers);
    const index_t weight = plan_kernel<backward_weights>(p.weight, input, p.output, workers);
    const index_t sweeps = larger(packing<backward_data>::scratch_size, gradient_room);
    p.scratch = passed + data_room + copy_room<backward_data> + part_room + line + larger(larger(data, weight), sweeps);
    return p;
  }

 private:
  static constexpr index_t larger(index_t a, index_t b) { return a < b ? b : a; }

  static bool scatters(const dims5& input, const dims5& output) {
    if constexpr (scattered::possible) return scattered::serves(input, output);
    return false;
  }

  /// Plans a call of a kernel for a team. The result is the scratch that is asked for, checked: enough for one worker
  /// too, which may need more than two that cut the work finer: `threads{2}` runs on one thread where the program is
  /// compiled without OpenMP.
  template <class Kernel>
  static index_t plan_kernel(std::optional<typename Kernel::plan_type>& plan, const dims5& input, const dims5& output,
                             index_t workers) {
    plan.emplace(Kernel::plan(input, output, 1));
    const index_t alone = plan->scratch;
    if (workers <= 1) return alone;
    if (workers > std::numeric_limits<index_t>::max() / 16 / larger(alone, 1)) {
      throw error("ESP-103", {"the scratch of ", workers,
                              " workers has more bytes than a 64-bit size can count; use fewer threads"});
    }
    plan.emplace(Kernel::plan(input, output, workers));
    return larger(alone, plan->scratch);
  }
};

}  // namespace esp::inline ESPALIER_ABI
