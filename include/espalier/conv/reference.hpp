// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The convolution and its two gradients as plain loops over run-time parameters: the specification of every kernel.
///
/// Index letters as in oneDNN: output (N, OC, OD, OH, OW), input (N, IC, ID, IH, IW), weight (OC, ICG, KD, KH, KW) with
/// ICG = IC / groups. Tap (kd, kh, kw) of output (od, oh, ow) reads input (od SD - PD + kd DD, ...), and outside what
/// the boundary says. Its zeros are numbers: a NaN or infinite weight times a padding zero is NaN, here and in the fast
/// kernels alike.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/boundary.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/dims.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI {

/// One convolution at run time: its configuration and the shapes of input and output.
struct conv_problem {
  conv3d config;
  dims5 input;
  dims5 output;

  conv_problem(const conv3d& c, dims5 x) : config(c), input(x), output(output_dims(c, x)) {}

  [[nodiscard]] weight_shape weight() const { return detail::weight_shape_of(config); }
};

namespace detail {

/// Calls `visit(y_index, w_index, x_index)` for every product of the convolution, in the order n, g, oc, od, oh, ow and
/// then ic, kd, kh, kw: the order of accumulation. `x_index` is -1 for a zero of the padding.
template <class Visit>
void for_each_product(const conv_problem& p, Visit visit) {
  const weight_shape w = p.weight();
  const pads pad = pads_of(p.config);
  const extents &K = w.kernel, &S = p.config.stride, &L = p.config.dilation;
  const dims5 &X = p.input, &Y = p.output;
  const boundaries& edge = p.config.boundary;
  const index_t G = p.config.groups, ICG = w.in, OCG = w.out / G;
  index_t y = 0;
  for (index_t n = 0; n < Y.n; ++n)
    for (index_t g = 0; g < G; ++g)
      for (index_t oc = g * OCG; oc < (g + 1) * OCG; ++oc)
        for (index_t od = 0; od < Y.d; ++od)
          for (index_t oh = 0; oh < Y.h; ++oh)
            for (index_t ow = 0; ow < Y.w; ++ow, ++y)
              for (index_t ic = 0; ic < ICG; ++ic)
                for (index_t kd = 0; kd < K.d; ++kd)
                  for (index_t kh = 0; kh < K.h; ++kh)
                    for (index_t kw = 0; kw < K.w; ++kw) {
                      const index_t id = element_at(edge.d, od * S.d - pad.before.d + kd * L.d, X.d);
                      const index_t ih = element_at(edge.h, oh * S.h - pad.before.h + kh * L.h, X.h);
                      const index_t iw = element_at(edge.w, ow * S.w - pad.before.w + kw * L.w, X.w);
                      const bool inside = id >= 0 && ih >= 0 && iw >= 0;
                      const index_t x = (((n * X.c + g * ICG + ic) * X.d + id) * X.h + ih) * X.w + iw;
                      visit(y, (((oc * ICG + ic) * K.d + kd) * K.h + kh) * K.w + kw, inside ? x : index_t{-1});
                    }
}

}  // namespace detail

/// `y[n,oc,o] = sum over (ic, kd, kh, kw) of w[oc,ic,k] x[n,ic,o S - P + k L] + bias[oc]`; the bias is added last, and
/// then comes the activation.
///
/// x (N, IC, ID, IH, IW), weight (OC, ICG, KD, KH, KW), bias (OC) or null, y (N, OC, OD, OH, OW): overwritten.
template <class T>
void reference_forward(const conv_problem& p, const T* x, const T* weight, const T* bias, T* y) {
  for (index_t i = 0; i < p.output.size(); ++i) y[i] = T(0);
  detail::for_each_product(
      p, [&](index_t yi, index_t wi, index_t xi) { y[yi] = y[yi] + weight[wi] * (xi < 0 ? T(0) : x[xi]); });
  const index_t plane = p.output.d * p.output.h * p.output.w;
  for (index_t i = 0; bias != nullptr && i < p.output.size(); ++i) y[i] = y[i] + bias[i / plane % p.output.c];
  if (p.config.activation != activation::relu) return;
  for (index_t i = 0; i < p.output.size(); ++i) y[i] = y[i] <= T(0) ? T(0) : y[i];
}

/// The gradient with respect to what the activation was given, from the output y and `grad_y`: what the gradients below
/// take. grad_sum (N, OC, OD, OH, OW): overwritten.
template <class T>
void reference_backward_activation(const conv_problem& p, const T* y, const T* grad_y, T* grad_sum) {
  const bool zeros = p.config.activation == activation::relu;
  for (index_t i = 0; i < p.output.size(); ++i) grad_sum[i] = zeros && y[i] <= T(0) ? T(0) : grad_y[i];
}

/// `grad_x = transpose of the forward map, applied to grad_y`: `grad_x[x] = sum of w grad_y over the products that read
/// x`.
///
/// grad_y (N, OC, OD, OH, OW), weight (OC, ICG, KD, KH, KW), grad_x (N, IC, ID, IH, IW): overwritten, zero where no
/// product reads the input.
template <class T>
void reference_backward_data(const conv_problem& p, const T* grad_y, const T* weight, T* grad_x) {
  for (index_t i = 0; i < p.input.size(); ++i) grad_x[i] = T(0);
  detail::for_each_product(p, [&](index_t yi, index_t wi, index_t xi) {
    if (xi >= 0) grad_x[xi] = grad_x[xi] + weight[wi] * grad_y[yi];
  });
}

/// `grad_w[k] = sum of x grad_y over the products of tap k`, `grad_bias[oc] = sum of grad_y over its positions`.
///
/// x (N, IC, ID, IH, IW), grad_y (N, OC, OD, OH, OW), grad_weight (OC, ICG, KD, KH, KW) and grad_bias (OC) or null:
/// overwritten.
template <class T>
void reference_backward_weights(const conv_problem& p, const T* x, const T* grad_y, T* grad_weight, T* grad_bias) {
  for (index_t i = 0; i < p.weight().size(); ++i) grad_weight[i] = T(0);
  detail::for_each_product(p, [&](index_t yi, index_t wi, index_t xi) {
    grad_weight[wi] = grad_weight[wi] + (xi < 0 ? T(0) : x[xi]) * grad_y[yi];
  });
  if (grad_bias == nullptr) return;
  for (index_t oc = 0; oc < p.output.c; ++oc) grad_bias[oc] = T(0);
  const index_t plane = p.output.d * p.output.h * p.output.w;
  for (index_t i = 0; i < p.output.size(); ++i) {
    const index_t oc = i / plane % p.output.c;
    grad_bias[oc] = grad_bias[oc] + grad_y[i];
  }
}

}  // namespace esp::inline ESPALIER_ABI
