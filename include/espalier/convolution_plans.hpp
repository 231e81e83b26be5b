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
#include <espalier/conv/choose_algorithm.hpp>
#include <espalier/conv/choose_ties.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/cropped.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/either_plan.hpp>
#include <espalier/conv/folded_backward_data.hpp>
#include <espalier/conv/forward.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/kernel_crop.hpp>
#include <espalier/conv/scattered/entries.hpp>
#include <espalier/conv/scattered/nest.hpp>
#include <espalier/conv/separable/entries.hpp>
#include <espalier/conv/separable/lines.hpp>
#include <espalier/conv/tied/cost.hpp>
#include <espalier/conv/tied/entries.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/conv/winograd/backward_data.hpp>
#include <espalier/conv/winograd/forward.hpp>
#include <espalier/conv/winograd/gradient_nest.hpp>
#include <espalier/dims.hpp>
#include <espalier/enforcement.hpp>
#include <espalier/error.hpp>
#include <espalier/executor.hpp>
#include <espalier/gradient.hpp>
#include <espalier/graph.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/known_taps.hpp>
#include <espalier/prior/sweep.hpp>
#include <espalier/shape.hpp>
#include <espalier/weights/constant_weight.hpp>
#include <espalier/weights/learned_numbers.hpp>
#include <espalier/weights/packing.hpp>
#include <limits>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// The kernels of a valid configuration whose weight obeys formula `F`, and the plans of their calls.
///
/// All rooms are elements, in whole lines; a call's scratch is aligned to one first. Forward: the packed weight, the
/// copy of the weight, then what the sweep and after it the kernel work in. Backward: what the activation let pass, the
/// transposed packed weight, its copy, the weight's gradient, the rest.
template <conv3d Config, class F, class T>
struct convolution_plans {
  static constexpr bool needs_output = Config.activation != activation::none;
  static constexpr bool through_prior = Config.enforce == enforcement::forward;
  /// The taps that are computed. What a formula says of its result is true of the weight that kernels read only where
  /// every call has it computed.
  static constexpr kept_taps kept = [] {
    if constexpr (through_prior) return known_taps<F, T>::kept;
    return kept_taps{};
  }();

  /// What the kept taps leave of the kernel for each direction, and its configuration.
  static constexpr kernel_crop forward_crop = crop_of(Config, kept, direction::forward);
  static constexpr kernel_crop data_crop = crop_of(Config, kept, direction::backward_data);
  static constexpr kernel_crop weights_crop = crop_of(Config, kept, direction::backward_weights);
  static constexpr const kernel_crop& crop_for(direction what) {
    return what == direction::forward ? forward_crop : what == direction::backward_data ? data_crop : weights_crop;
  }
  using taps = known_taps<F, T>;
  /// Whether the kernel is known, and computed along its lines.
  static constexpr bool along_lines = separable_serves<Config, taps, T>();
  /// Whether no gradient reaches the stored weight, on which no tap depends.
  static constexpr bool is_constant = [] {
    if constexpr (through_prior && taps::is_constant) {
      constexpr const graph& g = gradient_formula<typename F::policy_type, F::value.shape, F::eps>::value;
      return g[g.output].is_constant() && g[g.output].value == 0;
    } else {
      return false;
    }
  }();
  /// Elements of the stored weight: none where that is so, unless a learned number starts from it.
  static constexpr index_t weight_size =
      is_constant && learned_numbers<F, T>::count == 0 ? 0 : weight_shape_of(Config).size();
  /// What computes the constrained weight.
  using weight_sweep = typename constrains_with<F, T, through_prior>::type;
  static constexpr bool is_known(direction what) {
    return what == direction::backward_weights ? is_constant : along_lines;
  }
  /// What the ties of the formula leave to do; nothing is counted where it has none.
  static constexpr tied_work ties = [] {
    if constexpr (through_prior && tied_serves(Config)) {
      if constexpr (taps::tied_groups > 0) return tied_work_of<Config.kernel_size, taps>();
    }
    return tied_work{};
  }();
  static constexpr bool adds_ties(direction what) { return ties_pay(Config, what, ties); }
  static constexpr extents computed_kernel(direction what) {
    return adds_ties(what) ? Config.kernel_size : crop_for(what).config.kernel_size;
  }

  static constexpr algorithm algorithm_of(direction what) {
    if (adds_ties(what)) return algorithm::direct;
    return is_known(what) ? algorithm::direct : algorithm_for(crop_for(what).config, what, crop_for(what).kept);
  }
  static constexpr choice choice_of(direction what) {
    if (adds_ties(what)) return choose_tied(Config, what, this_machine<T>, ties);
    if (!is_known(what)) return choose(crop_for(what).config, what, this_machine<T>, crop_for(what).kept);
    choice known;
    known.family = kernel_family::separable;
    if constexpr (along_lines) {
      constexpr const kernel_lines& lines = lines_of<taps, Config.kernel_size, T>;
      if (what != direction::backward_weights) known.lines = {lines.d.taps, lines.h.taps, lines.w.taps};
    }
    return known;
  }

  // Naming a kernel instantiates nothing of it: the other algorithms cost no compile time.
  template <direction What, const kernel_crop& Crop, class Tied, class Direct, class Winograd>
  using kernel = std::conditional_t<
      ties_pay(Config, What, ties), std::type_identity<Tied>,
      cropped<Config, Crop, What,
              std::conditional_t<is_winograd(algorithm_for(Crop.config, What, Crop.kept)), Winograd, Direct>, T>>::type;
  using forward_kernel = std::conditional_t<
      along_lines, separable_forward<Config, taps, T>,
      kernel<direction::forward, forward_crop, tied_forward<Config, T, taps>,
             direct_forward<forward_crop.config, T, forward_crop.kept>, winograd_forward<forward_crop.config, T>>>;
  using backward_data =
      std::conditional_t<along_lines, separable_gradient<Config, taps, T>,
                         kernel<direction::backward_data, data_crop, tied_input_gradient<Config, T, taps>,
                                input_gradient<data_crop.config, T, direct_backward_data, data_crop.kept>,
                                input_gradient<data_crop.config, T, winograd_backward_data>>>;
  using backward_weights =
      std::conditional_t<is_constant, constant_backward_weights<Config, T>,
                         kernel<direction::backward_weights, weights_crop, tied_backward_weights<Config, T, taps>,
                                direct_backward_weights<weights_crop.config, T, weights_crop.kept>,
                                winograd_backward_weights<weights_crop.config, T>>>;
  using gradient_sweep = sweep<gradient_formula<typename F::policy_type, F::value.shape, F::eps>, T>;
  template <class Kernel>
  using packing = weight_packing<F, Kernel, T, through_prior>;

  static constexpr index_t larger(index_t a, index_t b) { return a < b ? b : a; }
  static constexpr index_t line = line_elements<T>;
  static constexpr index_t whole_lines(index_t count) { return detail::whole_lines<T>(count); }
  template <class Kernel>
  static constexpr index_t packed_room = whole_lines(packing<Kernel>::packed_size);
  template <class Kernel>
  static constexpr index_t copy_room = whole_lines(packing<Kernel>::copy_size);
  /// The output's gradient where the activation let it pass.
  static constexpr index_t passed_room(const dims5& output) { return needs_output ? whole_lines(output.size()) : 0; }
  /// The weight's gradient on its way through the prior's.
  static constexpr index_t part_room = through_prior && !is_constant ? whole_lines(weight_shape_of(Config).size()) : 0;
  static constexpr index_t gradient_room =
      through_prior && !is_constant ? larger(gradient_sweep::scratch_size, learned_numbers<F, T>::gradient_scratch_size)
                                    : 0;

  /// Taps so far apart that the other kernels' padded copies would be mostly padding.
  using far_apart = scattered_taps<Config, T>;
  using rare_forward = detail::scattered_forward<Config, T, kept>;
  using rare_data = detail::scattered_backward_data<Config, T, kept>;
  using forward_call = detail::either_plan<forward_kernel, rare_forward, far_apart::possible>;
  using backward_call =
      detail::either_plan<detail::backward_kernels<backward_data, backward_weights>,
                          detail::backward_kernels<rare_data, detail::scattered_backward_weights<Config, T, kept>>,
                          far_apart::possible>;

  /// What a call of `forward` knows before it runs.
  struct forward_plan {
    dims5 input;
    dims5 output;
    forward_call kernel;
    index_t scratch = 0;
  };
  /// Throws ESP-101 to ESP-104; ESP-103 too for a team whose scratch no 64-bit size can count.
  [[nodiscard]] static forward_plan plan_forward(const dims5& input, index_t workers) {
    const dims5 output = output_dims(Config, input);
    const auto make = [&]<class Kernel>(Kernel) { return plan_kernel<Kernel>(input, output, workers); };
    forward_plan p{input, output, forward_call::of(far_apart::serves(input, output), make)};
    count_scratch(p);
    return p;
  }

  /// Runs a planned call: `added` is the bias, or null, or an epilogue (conv/store/epilogue.hpp); `numbers` are those
  /// of the prior, `scratch` begins with a line. @pre the operands are those of a forward, which were looked at.
  template <class Added, Executor E>
  static void run_forward(const forward_plan& p, const T* x, const T* weight, const T* numbers, const Added& added,
                          T* y, T* scratch, const E& executor) {
    p.kernel.visit([&]<class Kernel>(Kernel, const typename Kernel::plan_type& plan) {
      T* const copy = scratch + packed_room<Kernel>;
      T* const rest = copy + copy_room<Kernel>;
      const index_t workers = static_cast<index_t>(executor.workers());
      const bool in_parts = packing<Kernel>::run_in_parts(
          plan, weight, numbers, workers, scratch, [&](auto kernel_type, const auto& parts) {
            decltype(kernel_type)::run_parts(plan, x, parts, added, y, rest, executor);
          });
      if (in_parts) return;
      const T* const read = packing<Kernel>::run(weight, numbers, scratch, copy, rest);
      Kernel::run(plan, x, read, added, y, rest, executor);
    });
  }

  /// What a window of the output takes: the smallest one around it that its kernel computes with the bits of the whole
  /// output, and the part of the input that is read for that.
  struct window_parts {
    volume_window computed;
    volume_window read;
  };
  /// Throws ESP-101 to ESP-104, ESP-250 and ESP-251.
  [[nodiscard]] static window_parts parts_of(const dims5& input, const volume_window& window) {
    const dims5 output = output_dims(Config, input);
    require_window(window, output);
    const bool rare = far_apart::serves(input, output);
    // A kernel that was cropped reads what its box reads.
    constexpr bool crops = !along_lines && !adds_ties(direction::forward);
    const conv3d& config = crops && !rare ? forward_crop.config : Config;
    const extents grid = rare ? rare_forward::window_grid : forward_kernel::window_grid;
    const volume_window computed = on_grid(window, grid, {output.d, output.h, output.w});
    return {computed, part_read(config, input, computed).window};
  }
  /// Plans a forward of a window that `parts_of` computes; its input and output are those parts alone.
  [[nodiscard]] static forward_plan plan_window(const dims5& input, const window_parts& parts, index_t workers) {
    const dims5 output = output_dims(Config, input);
    const auto make = [&]<class Kernel>(Kernel) { return plan_kernel<Kernel>(input, parts.computed, workers); };
    forward_plan p{resized(input, parts.read.size), resized(output, parts.computed.size),
                   forward_call::of(far_apart::serves(input, output), make)};
    count_scratch(p);
    return p;
  }

  /// The same for a call of `backward`.
  struct backward_plan {
    dims5 input;
    dims5 output;
    backward_call kernels;
    index_t scratch = 0;
  };
  [[nodiscard]] static backward_plan plan_backward(const dims5& input, index_t workers) {
    const dims5 output = output_dims(Config, input);
    const auto make = [&]<class Data, class Weights>(detail::backward_kernels<Data, Weights>) {
      return typename detail::backward_kernels<Data, Weights>::plan_type{plan_kernel<Data>(input, output, workers),
                                                                         plan_kernel<Weights>(input, output, workers)};
    };
    backward_plan p{input, output, backward_call::of(far_apart::serves_gradients(input, output), make)};
    p.kernels.visit([&]<class Data, class Weights>(detail::backward_kernels<Data, Weights>, const auto& plan) {
      const index_t running = larger(plan.data.scratch, plan.weights.scratch);
      const index_t sweeps = larger(packing<Data>::scratch_size, gradient_room);
      p.scratch =
          passed_room(output) + packed_room<Data> + copy_room<Data> + part_room + line + larger(running, sweeps);
    });
    return p;
  }

  /// The same for the gradient of the input alone, by the kernel that `backward` would take; `scratch` is the kernel's.
  struct data_plan {
    dims5 input;
    dims5 output;
    detail::either_plan<backward_data, rare_data, far_apart::possible> kernel;
    index_t scratch = 0;
  };
  [[nodiscard]] static data_plan plan_data(const dims5& input, index_t workers) {
    const dims5 output = output_dims(Config, input);
    const auto make = [&]<class Kernel>(Kernel) { return plan_kernel<Kernel>(input, output, workers); };
    data_plan p{input, output, decltype(data_plan::kernel)::of(far_apart::serves_gradients(input, output), make)};
    p.kernel.visit([&](auto, const auto& plan) { p.scratch = plan.scratch; });
    return p;
  }

 protected:
  static void count_scratch(forward_plan& p) {
    p.kernel.visit([&]<class Kernel>(Kernel, const auto& plan) {
      p.scratch = packed_room<Kernel> + copy_room<Kernel> + line + larger(plan.scratch, packing<Kernel>::scratch_size);
    });
  }
  // `output` is the shape of all of it, or a window.
  template <class Kernel, class Output>
  static typename Kernel::plan_type plan_kernel(const dims5& input, const Output& output, index_t workers) {
    return workers <= 1 ? Kernel::plan(input, output, 1) : plan_team<Kernel>(input, output, workers);
  }
  /// Plans a call of a kernel for a team. Its scratch is checked, and enough for one worker too, which may need more
  /// than two that cut the work finer: `threads{2}` runs on one thread where the program is compiled without OpenMP.
  template <class Kernel, class Output>
  static typename Kernel::plan_type plan_team(const dims5& input, const Output& output, index_t workers) {
    const index_t alone = Kernel::plan(input, output, 1).scratch;
    if (alone > 0 && workers > std::numeric_limits<index_t>::max() / 16 / alone) {
      throw error("ESP-103", {"the scratch of ", workers,
                              " workers has more bytes than a 64-bit size can count; use fewer threads"});
    }
    typename Kernel::plan_type plan = Kernel::plan(input, output, workers);
    plan.scratch = larger(alone, plan.scratch);
    return plan;
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
