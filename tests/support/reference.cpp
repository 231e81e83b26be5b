// SPDX-License-Identifier: BSD-3-Clause
#include "support/reference.hpp"

#include <cstddef>
#include <vector>

namespace {

using esp::index_t;

/// The input with its borders around it: every tap of every output is one of its elements.
struct widening {
  esp::pads pad;
  esp::dims5 narrow, wide;

  explicit widening(const esp::conv_problem& p) : pad(esp::detail::pads_of(p.config)), narrow(p.input), wide(p.input) {
    wide.d += pad.before.d + pad.after.d;
    wide.h += pad.before.h + pad.after.h;
    wide.w += pad.before.w + pad.after.w;
  }

  /// A dilation of 100000 has borders that no memory holds: such problems have few products, and go to the header's
  /// loops.
  [[nodiscard]] bool fits() const {
    constexpr double most = 1 << 24;
    return static_cast<double>(wide.n * wide.c) * static_cast<double>(wide.d) * static_cast<double>(wide.h) *
               static_cast<double>(wide.w) <
           most;
  }

  /// Calls `visit(wide index, narrow index)` for every element; the latter is -1 where a zero stands.
  template <class Visit>
  void for_each_element(const esp::boundaries& edge, Visit visit) const {
    index_t at = 0;
    for (index_t plane = 0; plane < wide.n * wide.c; ++plane)
      for (index_t d = 0; d < wide.d; ++d)
        for (index_t h = 0; h < wide.h; ++h)
          for (index_t w = 0; w < wide.w; ++w, ++at) {
            const index_t id = esp::detail::element_at(edge.d, d - pad.before.d, narrow.d);
            const index_t ih = esp::detail::element_at(edge.h, h - pad.before.h, narrow.h);
            const index_t iw = esp::detail::element_at(edge.w, w - pad.before.w, narrow.w);
            const bool inside = id >= 0 && ih >= 0 && iw >= 0;
            visit(at, inside ? ((plane * narrow.d + id) * narrow.h + ih) * narrow.w + iw : index_t{-1});
          }
  }
};

/// Calls `visit(y, w, x)` for every tap of every row of outputs: the index of the row's first output, of the weight,
/// and of the wide input's element that they meet first.
template <class Visit>
void for_each_row(const esp::conv_problem& p, const esp::dims5& wide, Visit visit) {
  const esp::weight_shape weight = p.weight();
  const esp::extents &K = weight.kernel, &S = p.config.stride, &L = p.config.dilation;
  const esp::dims5& Y = p.output;
  const index_t ICG = weight.in, OCG = weight.out / p.config.groups;
  index_t y = 0;
  for (index_t n = 0; n < Y.n; ++n)
    for (index_t oc = 0; oc < Y.c; ++oc)
      for (index_t od = 0; od < Y.d; ++od)
        for (index_t oh = 0; oh < Y.h; ++oh, y += Y.w) {
          index_t w = oc * ICG * K.volume();
          for (index_t ic = 0; ic < ICG; ++ic)
            for (index_t kd = 0; kd < K.d; ++kd)
              for (index_t kh = 0; kh < K.h; ++kh) {
                const index_t plane = (n * wide.c + oc / OCG * ICG + ic) * wide.d + od * S.d + kd * L.d;
                const index_t x = (plane * wide.h + oh * S.h + kh * L.h) * wide.w;
                for (index_t kw = 0; kw < K.w; ++kw, ++w) visit(y, w, x + kw * L.w);
              }
        }
}

template <class T>
std::vector<T> widened(const esp::conv_problem& p, const widening& input, const T* x) {
  std::vector<T> wide(static_cast<std::size_t>(input.wide.size()));
  input.for_each_element(p.config.boundary, [&, to = wide.data()](index_t at, index_t from) {
    if (from >= 0) to[at] = x[from];
  });
  return wide;
}

template <class T>
void add_bias(const esp::conv_problem& p, const T* bias, T* y) {
  const index_t plane = p.output.d * p.output.h * p.output.w;
  for (index_t i = 0; bias != nullptr && i < p.output.size(); ++i) y[i] = y[i] + bias[i / plane % p.output.c];
}

template <class T>
void sum_forward(const esp::conv_problem& p, const T* x, const T* weight, const T* bias, T* y) {
  const widening input(p);
  if (!input.fits()) return esp::reference_forward(p, x, weight, bias, y);
  const std::vector<T> wide = widened(p, input, x);
  const index_t count = p.output.w, step = p.config.stride.w;
  for (index_t i = 0; i < p.output.size(); ++i) y[i] = T(0);
  for_each_row(p, input.wide, [&, all = wide.data()](index_t to, index_t tap, index_t from) {
    const T factor = weight[tap];
    T* const row = y + to;
    const T* const read = all + from;
    if (step == 1) {
      for (index_t i = 0; i < count; ++i) row[i] = row[i] + factor * read[i];
    } else {
      for (index_t i = 0; i < count; ++i) row[i] = row[i] + factor * read[i * step];
    }
  });
  add_bias(p, bias, y);
  if (p.config.activation != esp::activation::relu) return;
  for (index_t i = 0; i < p.output.size(); ++i) y[i] = y[i] <= T(0) ? T(0) : y[i];
}

template <class T>
void sum_backward_data(const esp::conv_problem& p, const T* grad_y, const T* weight, T* grad_x) {
  const widening input(p);
  if (!input.fits()) return esp::reference_backward_data(p, grad_y, weight, grad_x);
  std::vector<T> wide(static_cast<std::size_t>(input.wide.size()));
  const index_t count = p.output.w, step = p.config.stride.w;
  for_each_row(p, input.wide, [&, all = wide.data()](index_t from, index_t tap, index_t to) {
    const T factor = weight[tap];
    T* const written = all + to;
    const T* const row = grad_y + from;
    if (step == 1) {
      for (index_t i = 0; i < count; ++i) written[i] = written[i] + factor * row[i];
    } else {
      for (index_t i = 0; i < count; ++i) written[i * step] = written[i * step] + factor * row[i];
    }
  });
  for (index_t i = 0; i < p.input.size(); ++i) grad_x[i] = T(0);
  input.for_each_element(p.config.boundary, [&](index_t at, index_t to) {
    if (to >= 0) grad_x[to] = grad_x[to] + wide[static_cast<std::size_t>(at)];
  });
}

/// `sum of a[i step] b[i]`, in eight partial sums, so that an addition need not wait for the one before.
template <class T>
T inner(const T* a, index_t step, const T* b, index_t count) {
  T part[8] = {};
  index_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (index_t j = 0; j < 8; ++j) part[j] = part[j] + a[(i + j) * step] * b[i + j];
  T sum(0);
  for (; i < count; ++i) sum = sum + a[i * step] * b[i];
  for (const T value : part) sum = sum + value;
  return sum;
}

template <class T>
void sum_backward_weights(const esp::conv_problem& p, const T* x, const T* grad_y, T* grad_weight, T* grad_bias) {
  const widening input(p);
  if (!input.fits()) return esp::reference_backward_weights(p, x, grad_y, grad_weight, grad_bias);
  const std::vector<T> wide = widened(p, input, x);
  const index_t count = p.output.w, step = p.config.stride.w;
  for (index_t i = 0; i < p.weight().size(); ++i) grad_weight[i] = T(0);
  for_each_row(p, input.wide, [&, all = wide.data()](index_t row, index_t tap, index_t from) {
    const T sum = step == 1 ? inner(all + from, 1, grad_y + row, count) : inner(all + from, step, grad_y + row, count);
    grad_weight[tap] = grad_weight[tap] + sum;
  });
  if (grad_bias == nullptr) return;
  for (index_t oc = 0; oc < p.output.c; ++oc) grad_bias[oc] = T(0);
  const index_t plane = p.output.d * p.output.h * p.output.w;
  for (index_t i = 0; i < p.output.size(); ++i) {
    const index_t oc = i / plane % p.output.c;
    grad_bias[oc] = grad_bias[oc] + grad_y[i];
  }
}

}  // namespace

namespace reference {

void forward(const esp::conv_problem& p, const float* x, const float* weight, const float* bias, float* y) {
  sum_forward(p, x, weight, bias, y);
}
void forward(const esp::conv_problem& p, const double* x, const double* weight, const double* bias, double* y) {
  sum_forward(p, x, weight, bias, y);
}

void backward_data(const esp::conv_problem& p, const float* grad_y, const float* weight, float* grad_x) {
  sum_backward_data(p, grad_y, weight, grad_x);
}
void backward_data(const esp::conv_problem& p, const double* grad_y, const double* weight, double* grad_x) {
  sum_backward_data(p, grad_y, weight, grad_x);
}

void backward_weights(const esp::conv_problem& p, const float* x, const float* grad_y, float* grad_weight,
                      float* grad_bias) {
  sum_backward_weights(p, x, grad_y, grad_weight, grad_bias);
}
void backward_weights(const esp::conv_problem& p, const double* x, const double* grad_y, double* grad_weight,
                      double* grad_bias) {
  sum_backward_weights(p, x, grad_y, grad_weight, grad_bias);
}

}  // namespace reference
