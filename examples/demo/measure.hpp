// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What the demo measures: numbers of each kernel of a weight, and how much of the image a response still holds.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

namespace demo {

/// The smallest and the largest value of a quantity.
struct range_of {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

/// Four quantities over all kernels of a weight.
struct kernel_numbers {
  range_of sum;
  range_of l2;
  range_of smallest;
  range_of centre;
};

/// @pre `weight` holds whole kernels of `taps` taps
inline kernel_numbers measure_kernels(std::span<const float> weight, std::size_t taps) {
  kernel_numbers out;
  for (; !weight.empty(); weight = weight.subspan(taps)) {
    const auto kernel = weight.first(taps);
    double sum = 0;
    double squares = 0;
    for (const float tap : kernel) {
      sum += static_cast<double>(tap);
      squares += static_cast<double>(tap) * static_cast<double>(tap);
    }
    out.sum.add(sum);
    out.l2.add(std::sqrt(squares));
    out.smallest.add(static_cast<double>(*std::min_element(kernel.begin(), kernel.end())));
    out.centre.add(static_cast<double>(kernel[taps / 2]));
  }
  return out;
}

/// A response beside the image it was computed from.
struct response_numbers {
  double rms = 0;          ///< sqrt(mean(y * y))
  double correlation = 0;  ///< with the image, magnitude, mean over the channels: 1 is a copy of it
};

/// @pre `response` holds whole images of `image.size()` voxels, one a channel
inline response_numbers measure_response(std::span<const float> image, std::span<const float> response) {
  const auto voxels = static_cast<double>(image.size());
  double image_sum = 0;
  double image_squares = 0;
  for (const float x : image) {
    image_sum += static_cast<double>(x);
    image_squares += static_cast<double>(x) * static_cast<double>(x);
  }
  const double image_variance = image_squares - image_sum * image_sum / voxels;

  response_numbers out;
  double all_squares = 0;
  const auto channels = static_cast<double>(response.size() / image.size());
  for (auto rest = response; !rest.empty(); rest = rest.subspan(image.size())) {
    double sum = 0;
    double squares = 0;
    double product = 0;
    for (std::size_t i = 0; i < image.size(); ++i) {
      const auto y = static_cast<double>(rest[i]);
      sum += y;
      squares += y * y;
      product += y * static_cast<double>(image[i]);
    }
    const double variance = squares - sum * sum / voxels;
    const double scale = std::sqrt(variance * image_variance);
    if (scale > 0) out.correlation += std::abs(product - sum * image_sum / voxels) / scale / channels;
    all_squares += squares;
  }
  out.rms = std::sqrt(all_squares / (voxels * channels));
  return out;
}

}  // namespace demo
