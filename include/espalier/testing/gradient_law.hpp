// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The gradient that the compiler derives, against differences of the formula.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/testing/hostile_kernels.hpp>
#include <espalier/testing/law_report.hpp>
#include <span>
#include <string>
#include <vector>

namespace esp::inline ESPALIER_ABI::detail {

/// A formula and its gradient in double, as functions over whole weights.
struct gradient_subject {
  weight_shape shape{};
  std::vector<double> parameters{};
  void (*forward)(const double* in, double* out, const double* parameters) = nullptr;
  void (*gradient)(const double* in, const double* incoming, double* out, const double* parameters) = nullptr;
};

/// What a tap that moves makes of a drawn loss, which is linear in the constrained weight.
class loss_of_tap {
 public:
  loss_of_tap(const gradient_subject& s, const std::vector<double>& weight, const std::vector<double>& incoming)
      : s_(s), weight_(weight), incoming_(incoming), out_(weight.size()) {}

  [[nodiscard]] double at(std::size_t tap, double step) {
    const double before = weight_[tap];
    weight_[tap] = before + step;
    s_.forward(weight_.data(), out_.data(), s_.parameters.data());
    weight_[tap] = before;
    double sum = 0;
    size_ = 0;
    for (std::size_t i = 0; i < out_.size(); ++i) {
      sum += incoming_[i] * out_[i];
      size_ += std::fabs(incoming_[i] * out_[i]);
    }
    return sum;
  }

  /// The derivative by central differences of two steps, extrapolated; `apart` is how far the two are from each other:
  /// a kink, or a curve too sharp to be judged, where it is not far below the derivative.
  struct estimate {
    double derivative;
    double apart;
    double noise;
  };
  [[nodiscard]] estimate derivative(std::size_t tap) {
    const double step = 1e-4 * (1 + std::fabs(weight_[tap]));
    const double wide = (at(tap, step) - at(tap, -step)) / (2 * step);
    const double close = (at(tap, step / 2) - at(tap, -step / 2)) / step;
    return {(4 * close - wide) / 3, std::fabs(close - wide), 1e-15 * size_ / step};
  }

 private:
  const gradient_subject& s_;
  std::vector<double> weight_;
  const std::vector<double>& incoming_;
  std::vector<double> out_;
  double size_ = 0;
};

/// Compares at some 40 taps of the ordinary weight that `seed` draws.
inline void gradient_is_the_derivative(const gradient_subject& s, std::uint64_t seed, law_recorder& recorder,
                                       index_t& asked) {
  testing::hostile_kernels numbers(seed);
  const auto size = static_cast<std::size_t>(s.shape.size());
  std::vector<double> weight(size), incoming(size), derived(size);
  numbers.fill(testing::kernel_kind::ordinary, std::span(weight));
  numbers.fill(testing::kernel_kind::ordinary, std::span(incoming));
  s.gradient(weight.data(), incoming.data(), derived.data(), s.parameters.data());
  loss_of_tap loss(s, weight, incoming);
  for (std::size_t i = numbers.below(std::max<std::size_t>(1, size / 40)); i < size;
       i += std::max<std::size_t>(1, size / 40)) {
    ++asked;
    const loss_of_tap::estimate e = loss.derivative(i);
    const double scale = 1 + std::fabs(e.derivative);
    if (!(e.apart <= 1e-4 * scale) || !std::isfinite(derived[i])) {
      if (std::isfinite(derived[i]) || !std::isfinite(e.derivative)) continue;
    }
    ++recorder.report.differences;
    if (std::fabs(derived[i] - e.derivative) <= 1e-6 * scale + e.apart / 8 + e.noise) continue;
    const auto taps = static_cast<std::size_t>(s.shape.kernel.volume());
    recorder.violated(testing::law::gradient, "the gradient is not the derivative of the formula",
                      worded("at tap ", i % taps, " it is ", derived[i], ", differences give ", e.derivative,
                             " (a prior may name another gradient rule, or jump: leave the law out with "
                             ".differentiable = false)"),
                      [&] {
                        const auto first = weight.begin() + static_cast<std::ptrdiff_t>(i / taps * taps);
                        return law_place{.seed = seed,
                                         .kind = "ordinary",
                                         .kernel = {first, first + static_cast<std::ptrdiff_t>(taps)}};
                      });
  }
}

}  // namespace esp::inline ESPALIER_ABI::detail
