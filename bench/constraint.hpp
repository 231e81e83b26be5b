// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The constraint alone: every mode and its gradient over the blocks of a weight, for `bench_constraint`.
///
/// Inside the timer: the sweep that a layer runs. Scratch is the caller's, as for a layer.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <espalier/evaluate.hpp>
#include <espalier/gradient.hpp>
#include <espalier/lower.hpp>
#include <espalier/modes.hpp>
#include <espalier/plan.hpp>
#include <espalier/policies/l1_ball.hpp>
#include <espalier/policies/simplex.hpp>
#include <espalier/prior/sweep.hpp>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

namespace bench {

/// One mode, direction and kernel, compiled for a weight of `blocks` blocks. A larger weight is several of these.
template <class T>
struct constraint_case {
  std::string mode, direction, kernel;
  esp::index_t blocks, taps;
  esp::index_t tensors;       ///< Read or written: the result, and of weight and incoming gradient what the mode reads.
  esp::index_t scratch_size;  ///< Elements, aligned to `esp::alignment` bytes.
  /// `incoming` is read where the direction is "gradient".
  void (*run)(const T* weight, const T* incoming, T* result, T* scratch);
  /// Largest difference from the plan interpreted in double, in units of the largest magnitude.
  double (*error)(const T* weight, const T* incoming, const T* result);

  [[nodiscard]] esp::index_t size() const { return blocks * taps; }
  [[nodiscard]] bool is_gradient() const { return direction == "gradient"; }
};

/// The cases this program was built with, by kernel: the linker's order must not show.
template <class T>
std::vector<constraint_case<T>>& constraint_cases() {
  static std::vector<constraint_case<T>> list;
  return list;
}

namespace detail {

/// `Mode` on `Blocks` blocks of `Kernel` and, for the check, on one.
template <auto Mode, esp::index_t Kernel, esp::index_t Blocks, bool Gradient>
struct constraint_formulas {
  template <esp::weight_shape Shape>
  using of =
      std::conditional_t<Gradient, esp::detail::gradient_formula<esp::detail::to_policy_t<decltype(Mode)>, Shape>,
                         esp::detail::formula<esp::detail::to_policy_t<decltype(Mode)>, Shape>>;
  using many = of<esp::weight_shape{.out = Blocks, .in = 1, .kernel = Kernel}>;
  using one = of<esp::weight_shape{.out = 1, .in = 1, .kernel = Kernel}>;
};

/// As `constraint_case::tensors`: the gradient of a linear mode does not read the weight.
template <class F>
constexpr esp::index_t tensors_of() {
  bool weight = false, incoming = false;
  for (int id = 0; id < F::value.size; ++id) {
    if (!esp::detail::plan<F>::is_live(id)) continue;
    weight = weight || F::value[id].op == esp::detail::operation::tap;
    incoming = incoming || F::value[id].op == esp::detail::operation::incoming;
  }
  return 1 + (weight ? 1 : 0) + (incoming ? 1 : 0);
}

/// As `constraint_case::error`; `F` is the formula of one block.
template <class F, esp::index_t Blocks, class T>
double constraint_error(const T* weight, const T* incoming, const T* result) {
  constexpr esp::index_t taps = F::value.shape.size();
  const auto widened = [](const T* from) {
    std::array<double, static_cast<std::size_t>(taps)> out{};
    if (from != nullptr) std::copy_n(from, taps, out.begin());
    return out;
  };
  double most = 0, scale = std::numeric_limits<double>::min();
  for (esp::index_t at = 0; at < Blocks * taps; at += taps) {
    const auto block = widened(weight + at), gradient = widened(incoming == nullptr ? nullptr : incoming + at);
    std::array<double, static_cast<std::size_t>(taps)> expected{};
    esp::detail::evaluator<F, double>{}(block.data(), expected.data(), nullptr, gradient.data());
    for (std::size_t t = 0; t < expected.size(); ++t) {
      const double d = std::fabs(static_cast<double>(result[at + static_cast<esp::index_t>(t)]) - expected[t]);
      if (!(d <= most)) most = d;  // a NaN stays
      scale = std::max(scale, std::fabs(expected[t]));
    }
  }
  return most / scale;
}

/// What one writes by hand for unit_l2: block by block, summed in order, as no compiler may reorder.
template <esp::index_t Blocks, esp::index_t Taps, class T>
void unit_l2_loops(const T* weight, const T* /*incoming*/, T* result, T* /*scratch*/) {
  for (esp::index_t b = 0; b < Blocks; ++b, weight += Taps, result += Taps) {
    T sum = 0;
    for (esp::index_t t = 0; t < Taps; ++t) sum += weight[t] * weight[t];
    const T scale = 1 / std::sqrt(sum + static_cast<T>(1e-12));
    for (esp::index_t t = 0; t < Taps; ++t) result[t] = weight[t] * scale;
  }
}

template <esp::index_t Kernel, class T>
class constraint_side {
  static constexpr esp::index_t taps = Kernel * Kernel * Kernel;
  /// 1,024 blocks of 27 floats, and of the others what takes no more memory: whole groups of any register width.
  static constexpr esp::index_t blocks = 110592 / static_cast<esp::index_t>(sizeof(T)) / taps / 16 * 16;

 public:
  static void add_all() {
    add<esp::modes::none>("none");
    add<esp::modes::nonneg>("nonneg");
    add<esp::modes::sum_to_one>("sum_to_one");
    add<esp::modes::zero_mean>("zero_mean");
    add<esp::modes::nonneg_sum1>("nonneg_sum1");
    add<esp::modes::unit_l2>("unit_l2");
    add<esp::modes::max_l2<1>>("max_l2");
    add<esp::modes::fixed_center<-1, 1>>("fixed_center");
    add<esp::simplex<1>>("simplex");
    add<esp::l1_ball<1>>("l1_ball");
    using formula = typename constraint_formulas<esp::modes::unit_l2, Kernel, blocks, false>::one;
    enrol("unit_l2 in plain loops", "forward", 2, 1, &unit_l2_loops<blocks, taps, T>,
          &constraint_error<formula, blocks, T>);
  }

 private:
  template <auto Mode>
  static void add(const char* name) {
    add<Mode, false>(name, "forward");
    add<Mode, true>(name, "gradient");
  }
  template <auto Mode, bool Gradient>
  static void add(const char* name, const char* direction) {
    using formulas = constraint_formulas<Mode, Kernel, blocks, Gradient>;
    using sweep = esp::detail::sweep<typename formulas::many, T>;
    enrol(
        name, direction, tensors_of<typename formulas::many>(), sweep::scratch_size,
        [](const T* weight, const T* incoming, T* result, T* scratch) {
          sweep::run(weight, result, nullptr, scratch, incoming);
        },
        &constraint_error<typename formulas::one, blocks, T>);
  }
  static void enrol(const char* name, const char* direction, esp::index_t tensors, esp::index_t scratch,
                    decltype(constraint_case<T>::run) run, decltype(constraint_case<T>::error) error) {
    const std::string kernel = std::to_string(Kernel) + "^3";
    auto& list = constraint_cases<T>();
    const auto after = std::ranges::upper_bound(list, kernel, {}, &constraint_case<T>::kernel);
    list.insert(after, {name, direction, kernel, blocks, taps, tensors, scratch, run, error});
  }
};

}  // namespace detail

/// Adds the cases of a kernel and an element type before `main`.
template <esp::index_t Kernel, class T>
struct enrolled_constraints {
  enrolled_constraints() { detail::constraint_side<Kernel, T>::add_all(); }
};

}  // namespace bench
