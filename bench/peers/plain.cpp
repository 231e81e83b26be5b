// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The neighbour that is always there: the loops one would write, over a zero-padded copy, vectorised by the compiler.
///
/// In double it also checks the others.
#include <algorithm>
#include <cstddef>
#include <memory>

#include "peer.hpp"

namespace {

using esp::index_t;

/// The sizes that the loops need, by oneDNN's letters; P is the padded input.
struct sizes {
  index_t N, G, ICG, OCG, OD, OH, OW, KD, KH, KW, SD, SH, SW, LD, LH, LW;
  index_t ID, IH, IW, pd, ph, pw, PD, PH, PW;

  explicit sizes(const esp::conv_problem& p) {
    const esp::conv3d& c = p.config;
    const esp::pads pad = esp::detail::pads_of(c);
    N = p.input.n, G = c.groups, ICG = p.input.c / G, OCG = p.output.c / G;
    OD = p.output.d, OH = p.output.h, OW = p.output.w;
    KD = c.kernel_size.d, KH = c.kernel_size.h, KW = c.kernel_size.w;
    SD = c.stride.d, SH = c.stride.h, SW = c.stride.w;
    LD = c.dilation.d, LH = c.dilation.h, LW = c.dilation.w;
    ID = p.input.d, IH = p.input.h, IW = p.input.w;
    pd = pad.before.d, ph = pad.before.h, pw = pad.before.w;
    PD = ID + pd + pad.after.d, PH = IH + ph + pad.after.h, PW = IW + pw + pad.after.w;
  }
  [[nodiscard]] index_t padded() const { return N * G * ICG * PD * PH * PW; }
  [[nodiscard]] index_t row(index_t channel, index_t d, index_t h) const { return ((channel * PD + d) * PH + h) * PW; }
};

template <class T>
void pad(const sizes& s, int threads, const T* x, T* to) {
#pragma omp parallel for num_threads(threads)
  for (index_t c = 0; c < s.N * s.G * s.ICG; ++c) {
    std::fill(to + s.row(c, 0, 0), to + s.row(c + 1, 0, 0), T(0));
    for (index_t d = 0; d < s.ID; ++d)
      for (index_t h = 0; h < s.IH; ++h)
        std::copy_n(x + ((c * s.ID + d) * s.IH + h) * s.IW, s.IW, to + s.row(c, d + s.pd, h + s.ph) + s.pw);
  }
}

template <class T>
void forward(const sizes& s, int threads, const T* padded, const T* weight, const T* bias, T* y) {
#pragma omp parallel for collapse(3) num_threads(threads)
  for (index_t n = 0; n < s.N; ++n)
    for (index_t oc = 0; oc < s.G * s.OCG; ++oc)
      for (index_t od = 0; od < s.OD; ++od)
        for (index_t oh = 0; oh < s.OH; ++oh) {
          T* const out = y + (((n * s.G * s.OCG + oc) * s.OD + od) * s.OH + oh) * s.OW;
          std::fill_n(out, s.OW, bias == nullptr ? T(0) : bias[oc]);
          const T* w = weight + oc * s.ICG * s.KD * s.KH * s.KW;
          for (index_t ic = 0; ic < s.ICG; ++ic)
            for (index_t kd = 0; kd < s.KD; ++kd)
              for (index_t kh = 0; kh < s.KH; ++kh)
                for (index_t kw = 0; kw < s.KW; ++kw, ++w) {
                  const index_t channel = (n * s.G + oc / s.OCG) * s.ICG + ic;
                  const T* const in = padded + s.row(channel, od * s.SD + kd * s.LD, oh * s.SH + kh * s.LH) + kw * s.LW;
                  const T tap = *w;
#pragma omp simd
                  for (index_t ow = 0; ow < s.OW; ++ow) out[ow] += tap * in[ow * s.SW];
                }
        }
}

template <class T>
void backward_data(const sizes& s, int threads, const T* grad_y, const T* weight, T* padded, T* grad_x) {
#pragma omp parallel for collapse(2) num_threads(threads)
  for (index_t n = 0; n < s.N; ++n)
    for (index_t c = 0; c < s.G * s.ICG; ++c) {
      const index_t channel = n * s.G * s.ICG + c, g = c / s.ICG, ic = c % s.ICG;
      std::fill(padded + s.row(channel, 0, 0), padded + s.row(channel + 1, 0, 0), T(0));
      for (index_t oc = g * s.OCG; oc < (g + 1) * s.OCG; ++oc)
        for (index_t od = 0; od < s.OD; ++od)
          for (index_t oh = 0; oh < s.OH; ++oh) {
            const T* const in = grad_y + (((n * s.G * s.OCG + oc) * s.OD + od) * s.OH + oh) * s.OW;
            const T* w = weight + (oc * s.ICG + ic) * s.KD * s.KH * s.KW;
            for (index_t kd = 0; kd < s.KD; ++kd)
              for (index_t kh = 0; kh < s.KH; ++kh)
                for (index_t kw = 0; kw < s.KW; ++kw, ++w) {
                  T* const out = padded + s.row(channel, od * s.SD + kd * s.LD, oh * s.SH + kh * s.LH) + kw * s.LW;
                  const T tap = *w;
#pragma omp simd
                  for (index_t ow = 0; ow < s.OW; ++ow) out[ow * s.SW] += tap * in[ow];
                }
          }
      for (index_t d = 0; d < s.ID; ++d)
        for (index_t h = 0; h < s.IH; ++h)
          std::copy_n(padded + s.row(channel, d + s.pd, h + s.ph) + s.pw, s.IW,
                      grad_x + ((channel * s.ID + d) * s.IH + h) * s.IW);
    }
}

template <class T>
void backward_weights(const sizes& s, int threads, const T* padded, const T* grad_y, T* grad_weight) {
#pragma omp parallel for collapse(2) num_threads(threads)
  for (index_t oc = 0; oc < s.G * s.OCG; ++oc)
    for (index_t ic = 0; ic < s.ICG; ++ic)
      for (index_t kd = 0; kd < s.KD; ++kd)
        for (index_t kh = 0; kh < s.KH; ++kh)
          for (index_t kw = 0; kw < s.KW; ++kw) {
            double total = 0;
            for (index_t n = 0; n < s.N; ++n)
              for (index_t od = 0; od < s.OD; ++od)
                for (index_t oh = 0; oh < s.OH; ++oh) {
                  const index_t channel = (n * s.G + oc / s.OCG) * s.ICG + ic;
                  const T* const in = padded + s.row(channel, od * s.SD + kd * s.LD, oh * s.SH + kh * s.LH) + kw * s.LW;
                  const T* const out = grad_y + (((n * s.G * s.OCG + oc) * s.OD + od) * s.OH + oh) * s.OW;
                  T sum = 0;
#pragma omp simd reduction(+ : sum)
                  for (index_t ow = 0; ow < s.OW; ++ow) sum += out[ow] * in[ow * s.SW];
                  total += static_cast<double>(sum);
                }
            grad_weight[(((oc * s.ICG + ic) * s.KD + kd) * s.KH + kh) * s.KW + kw] = static_cast<T>(total);
          }
}

template <class T>
std::vector<bench::candidate> candidates(const bench::job<T>& j) {
  const sizes s(j.problem);
  const std::shared_ptr<T[]> padded(new T[static_cast<std::size_t>(s.padded())]);
  return {{"loops", [=] {
             switch (j.way) {
               case bench::direction::forward:
                 pad(s, j.threads, j.x, padded.get());
                 return forward(s, j.threads, padded.get(), j.weight, j.bias, j.result);
               case bench::direction::backward_data:
                 return backward_data(s, j.threads, j.grad_y, j.weight, padded.get(), j.result);
               case bench::direction::backward_weights:
                 pad(s, j.threads, j.x, padded.get());
                 return backward_weights(s, j.threads, padded.get(), j.grad_y, j.result);
             }
           }}};
}

const bench::enrolled_peer<float> single({"plain loops", false, candidates<float>});
const bench::enrolled_peer<double> twofold({"plain loops", false, candidates<double>});

}  // namespace
