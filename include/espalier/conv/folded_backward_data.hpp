// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The gradient with respect to the input where the padding repeats it: that of the padded input, folded.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/fold.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/cut/team.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/gradient_window.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/conv/weight/source.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/shape.hpp>
#include <optional>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// Samples whose padded gradients are in scratch together: as many as fit `fold_budget`, and one at least.
template <class T>
constexpr index_t folded_samples(index_t samples, index_t size) {
  return clamp_index(elements_in<T>(fold_budget) / (size < 1 ? 1 : size), 1, samples < 1 ? 1 : samples);
}

/// The same function as `Kernel` of `Config` would be, for a boundary that reads the input more than once: `Kernel` is
/// of `unpadded(Config)`, computes the gradient with respect to the padded input, and that is folded onto the input.
///
/// Packs as `Kernel` does. A few samples at a time, so that the scratch holds no padded copy of a large batch. Every
/// sum is `Kernel`'s, and they are added in an order of the shape alone: results are bitwise equal for every executor
/// and number of workers. Cost: `Kernel`'s on an input of the padded size, and a pass over its result.
template <conv3d Config, class Kernel, class T>
struct folded_backward_data : Kernel {
  static constexpr conv3d config = Config;

  /// What one call knows before it runs.
  struct plan_type {
    dims5 input;           ///< Shape of the forward's input.
    volume_window held;    ///< Of the padded input, counted from its first voxel that is no padding: computed,
    volume_window window;  ///< and of the input: what becomes of it.
    typename Kernel::plan_type kernel;               ///< Of the samples of a pass,
    std::optional<typename Kernel::plan_type> last;  ///< and of the last one where that has fewer.
    index_t scratch = 0;

    [[nodiscard]] index_t passes() const { return ceil_div(input.n, kernel.input.n); }
  };

  /// Plans a call, as `Kernel` does. Throws ESP-103 for an input whose padded copy no 64-bit size can count.
  static plan_type plan(const dims5& input, const dims5& output, index_t workers) {
    const dims5 padded = padded_dims({1, input.c, input.d, input.h, input.w}, pad);
    const extents &before = pad.before, first{-before.d, -before.h, -before.w};
    const volume_window held{first, {padded.d, padded.h, padded.w}}, all{{}, {input.d, input.h, input.w}};
    return planned_passes(input, held, all, [&](index_t n) {
      const dims5 result{n, output.c, output.d, output.h, output.w};
      return Kernel::plan({n, padded.c, padded.d, padded.h, padded.w}, result, workers);
    });
  }

  /// Plans a call for a window of the input, which reads the part of grad_y that `part` says and writes a grad_x of the
  /// window's sizes: bits of the whole, in scratch for what is folded onto the window and what lies between.
  static plan_type plan(const dims5& input, const gradient_part& part, index_t workers) {
    return planned_passes(input, part.computed, part.asked, [&](index_t n) {
      return Kernel::plan({n, input.c, input.d, input.h, input.w}, part, workers);
    });
  }

  /// Elements of scratch `run` needs for a forward input of this shape and a team of `workers`; throws as `output_dims`
  /// does.
  static index_t scratch_size(dims5 input, index_t workers) {
    return plan(input, output_dims(config, input), workers).scratch;
  }

  /// As `Kernel`'s; each pass reads the weight.
  static index_t part_size(const plan_type& p) { return p.passes() == 1 ? Kernel::part_size(p.kernel) : 0; }

  /// As `run`, with weights from anywhere.
  template <Executor E>
  static void run_parts(const plan_type& p, const T* grad_y, const weight_source<T>& weights, T* grad_x, T* scratch,
                        const E& executor) {
    each_pass(p, grad_y, grad_x, scratch, executor, [&](const auto& kernel, const T* from, T* to, T* rest) {
      Kernel::run_parts(kernel, from, weights, to, rest, executor);
    });
  }

  /// Operands as in `Kernel`.
  template <Executor E>
  static void run(const plan_type& p, const T* grad_y, const T* packed, T* grad_x, T* scratch, const E& executor) {
    each_pass(p, grad_y, grad_x, scratch, executor, [&](const auto& kernel, const T* from, T* to, T* rest) {
      Kernel::run(kernel, from, packed, to, rest, executor);
    });
  }
  /// The same with a plan of its own. Throws as `output_dims` does, before anything is written.
  template <Executor E>
  static void run(const T* grad_y, dims5 input, const T* packed, T* grad_x, T* scratch, const E& executor) {
    run(plan(input, output_dims(config, input), static_cast<index_t>(executor.workers())), grad_y, packed, grad_x,
        scratch, executor);
  }

 private:
  static constexpr pads pad = folded_pads(Config);

  // `of(n)` plans so many samples.
  template <class Plan>
  static plan_type planned_passes(const dims5& input, const volume_window& held, const volume_window& window,
                                  const Plan& of) {
    const index_t size = count_of(resized({1, input.c, 0, 0, 0}, held.size));
    const index_t samples = folded_samples<T>(input.n, size), left = input.n % samples;
    plan_type p{input, held, window, of(samples), {}, 0};
    if (input.n == 0) return p;
    if (left > 0) p.last.emplace(of(left));
    const index_t running = left > 0 && p.kernel.scratch < p.last->scratch ? p.last->scratch : p.kernel.scratch;
    p.scratch = line_elements<T> + whole_lines<T>(samples * size) + running;
    return p;
  }

  template <Executor E, class Compute>
  static void each_pass(const plan_type& p, const T* grad_y, T* grad_x, T* scratch, const E& executor,
                        const Compute& compute) {
    T* const padded = line_start(scratch);
    T* const rest = padded + whole_lines<T>(p.kernel.input.size());
    for (index_t n = 0; n < p.input.n; n += p.kernel.input.n) {
      const auto& kernel = p.input.n - n < p.kernel.input.n ? *p.last : p.kernel;
      compute(kernel, grad_y, padded, rest);
      const dims5 X{kernel.input.n, p.input.c, p.input.d, p.input.h, p.input.w};
      fold_window(config.boundary, pad, p.held, padded, X, p.window, grad_x, executor);
      grad_y += kernel.output.size();
      grad_x += X.n * X.c * p.window.size.volume();
    }
  }
};

/// What computes the gradient of the input by `Kernel`, which serves zeros around it; `Kept` are the taps that it is
/// told of, if it asks.
template <conv3d Config, class T, template <conv3d, class, kept_taps...> class Kernel, kept_taps... Kept>
using input_gradient =
    std::conditional_t<folds_gradient(Config), folded_backward_data<Config, Kernel<unpadded(Config), T, Kept...>, T>,
                       Kernel<Config, T, Kept...>>;

}  // namespace esp::inline ESPALIER_ABI::detail
