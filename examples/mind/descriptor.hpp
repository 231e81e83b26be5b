// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The MIND descriptor and the local cross-correlation of two images, of layers whose kernels are known.
///
/// Heinrich et al., MIND: Modality independent neighbourhood descriptor, 2012, with the self-similarity context of
/// 2013: twelve differences of neighbours that touch, the mean of their squares over a patch, D, and exp(-D / V), V the
/// mean of the twelve. An image of other brightness and contrast has the same descriptor.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <espalier/espalier.hpp>

#include "../support/volume.hpp"

namespace mind {

using support::tensor;

inline constexpr std::size_t channels = 12;

/// Outputs of the input's size; beyond the faces of the image there are zeros.
inline constexpr esp::conv3d differences{
    .in_channels = 1, .out_channels = channels, .kernel_size = 3, .dilation = 2, .padding = 2, .bias = false};
inline constexpr esp::conv3d patches{.in_channels = channels,
                                     .out_channels = channels,
                                     .kernel_size = 5,
                                     .padding = 2,
                                     .groups = channels,
                                     .bias = false};
/// The five maps of a local cross-correlation: a, b, a^2, b^2, a b.
inline constexpr esp::conv3d windows{
    .in_channels = 5, .out_channels = 5, .kernel_size = 9, .padding = 4, .groups = 5, .bias = false};

/// Every tap but the six neighbours of the middle is zero.
constexpr bool is_no_neighbour(esp::tap_index t) {
  return (t.d == 1 ? 1 : 0) + (t.h == 1 ? 1 : 0) + (t.w == 1 ? 1 : 0) != 2;
}
inline constexpr auto six_neighbours = esp::on<esp::mask<is_no_neighbour>>(esp::assign<0>);

/// Two neighbours that touch.
struct neighbour_pair {
  esp::tap_index first, second;
};
inline constexpr std::array<neighbour_pair, channels> touching_pairs = [] {
  constexpr std::array<esp::tap_index, 6> six{{{0, 1, 1}, {2, 1, 1}, {1, 0, 1}, {1, 2, 1}, {1, 1, 0}, {1, 1, 2}}};
  std::array<neighbour_pair, channels> out{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < six.size(); ++i) {
    // Opposite neighbours do not touch.
    for (std::size_t j = i / 2 * 2 + 2; j < six.size(); ++j) out[count++] = {six[i], six[j]};
  }
  return out;
}();

/// The weight of `differences`: 1 at one neighbour and -1 at the other.
template <class Layer>
void set_differences(Layer& layer) {
  auto& weight = layer.weight();
  weight.fill(0.0F);
  for (std::size_t o = 0; o < channels; ++o) {
    const auto at = [&](esp::tap_index t) -> float& { return weight(o, 0, t.d, t.h, t.w); };
    at(touching_pairs[o].first) = 1;
    at(touching_pairs[o].second) = -1;
  }
}

/// The layers, with what is known of their kernels.
struct layers {
  esp::constrained_conv3d<differences, six_neighbours> difference;
  esp::constrained_conv3d<patches, esp::box> patch;
  esp::constrained_conv3d<windows, esp::box> window;

  layers() { set_differences(difference); }
};

/// The twelve patch distances become the descriptor, voxel by voxel; in place.
inline void normalise(tensor& distances) {
  const std::size_t voxels = distances.size() / channels;
  float* const d = distances.data();
  for (std::size_t v = 0; v < voxels; ++v) {
    float sum = 0;
    for (std::size_t c = 0; c < channels; ++c) sum += d[c * voxels + v];
    const float scale = -static_cast<float>(channels) / std::max(sum, 1e-12F);
    for (std::size_t c = 0; c < channels; ++c) d[c * voxels + v] = std::exp(d[c * voxels + v] * scale);
  }
}

template <esp::Executor E>
tensor descriptor(const layers& known, const tensor& image, const E& team) {
  tensor d = known.difference(image, team);
  for (float& value : d) value *= value;
  tensor out = known.patch(d, team);
  normalise(out);
  return out;
}

/// The maps whose window means make the correlation.
inline tensor maps_of(const tensor& a, const tensor& b) {
  const auto& s = a.shape();
  tensor out = tensor::from_shape({1, 5, s[2], s[3], s[4]});
  const std::size_t voxels = a.size();
  for (std::size_t v = 0; v < voxels; ++v) {
    const float x = a.data()[v], y = b.data()[v];
    const std::array<float, 5> values{x, y, x * x, y * y, x * y};
    for (std::size_t c = 0; c < 5; ++c) out.data()[c * voxels + v] = values[c];
  }
  return out;
}

/// covariance^2 / (variance variance) in the window of each voxel; -1 where one of the images is flat.
inline tensor correlation_of(const tensor& means, float least_variance) {
  const auto& s = means.shape();
  tensor out = tensor::from_shape({1, 1, s[2], s[3], s[4]});
  const std::size_t voxels = out.size();
  const float* const m = means.data();
  for (std::size_t v = 0; v < voxels; ++v) {
    const double a = static_cast<double>(m[v]), b = static_cast<double>(m[voxels + v]);
    const double aa = static_cast<double>(m[2 * voxels + v]) - a * a,
                 bb = static_cast<double>(m[3 * voxels + v]) - b * b;
    const double ab = static_cast<double>(m[4 * voxels + v]) - a * b;
    const bool has_signal = std::min(aa, bb) > static_cast<double>(least_variance);
    out.data()[v] = has_signal ? static_cast<float>(ab * ab / (aa * bb)) : -1.0F;
  }
  return out;
}

/// `least_variance`: the signal that both images must have.
template <esp::Executor E>
tensor local_correlation(const layers& known, const tensor& a, const tensor& b, float least_variance, const E& team) {
  return correlation_of(known.window(maps_of(a, b), team), least_variance);
}

}  // namespace mind
