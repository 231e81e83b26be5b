// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A heat equation on a periodic cube, and what a noisy instrument sees of it.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <espalier/espalier.hpp>
#include <random>
#include <vector>

namespace heat {

using tensor = xt::xtensor<float, 5>;

constexpr std::size_t side = 48;  // voxels of the cube, along each axis
constexpr std::size_t voxels = side * side * side;
constexpr double rate = 0.1;  // of the equation, in squared voxels a step

/// The 7 points of the equation's discrete form: u at the next step is u + rate * (neighbours - 6 u).
inline std::array<double, 27> true_stencil() {
  std::array<double, 27> k{};
  k[13] = -6 * rate;
  for (const std::size_t face : {4U, 10U, 12U, 14U, 16U, 22U}) k[face] = rate;
  return k;
}

/// A field in double: the simulation rounds nothing that the measurement would show.
class field {
 public:
  [[nodiscard]] double at(std::size_t d, std::size_t h, std::size_t w) const {
    return u_[(d % side * side + h % side) * side + w % side];
  }
  /// One explicit step, by itself and not through any layer.
  void step() {
    std::vector<double> next(voxels);
    for (std::size_t d = 0, i = 0; d < side; ++d) {
      for (std::size_t h = 0; h < side; ++h) {
        for (std::size_t w = 0; w < side; ++w, ++i) {
          const double around = at(d + side - 1, h, w) + at(d + 1, h, w) + at(d, h + side - 1, w) + at(d, h + 1, w) +
                                at(d, h, w + side - 1) + at(d, h, w + 1);
          next[i] = u_[i] + rate * (around - 6 * u_[i]);
        }
      }
    }
    u_.swap(next);
  }
  [[nodiscard]] double root_mean_square() const {
    double squares = 0;
    for (const double x : u_) squares += x * x;
    return std::sqrt(squares / static_cast<double>(voxels));
  }
  std::vector<double>& values() { return u_; }

 private:
  std::vector<double> u_ = std::vector<double>(voxels);
};

/// Hot and cold spots, drawn: a white field after a step of the equation.
inline field start(std::mt19937_64& draw) {
  std::normal_distribution<double> normal;
  field u;
  for (double& x : u.values()) x = normal(draw);
  u.step();
  return u;
}

/// A frame as an instrument sees it, with noise of a share of the first frame's root mean square; with a border of one
/// voxel that the period gives, so that a layer without padding answers for the whole cube.
inline tensor measured(const field& u, double noise, std::mt19937_64& draw) {
  std::normal_distribution<double> normal(0, noise);
  std::vector<float> seen(voxels);
  for (std::size_t d = 0, i = 0; d < side; ++d) {
    for (std::size_t h = 0; h < side; ++h) {
      for (std::size_t w = 0; w < side; ++w, ++i) seen[i] = static_cast<float>(u.at(d, h, w) + normal(draw));
    }
  }
  tensor out = tensor::from_shape({1, 1, side + 2, side + 2, side + 2});
  float* to = out.data();
  const auto inside = [](std::size_t padded) { return (padded + side - 1) % side; };
  for (std::size_t d = 0; d < side + 2; ++d) {
    for (std::size_t h = 0; h < side + 2; ++h) {
      for (std::size_t w = 0; w < side + 2; ++w) *to++ = seen[(inside(d) * side + inside(h)) * side + inside(w)];
    }
  }
  return out;
}

/// A frame without its border.
inline tensor without_border(const tensor& padded) {
  tensor out = tensor::from_shape({1, 1, side, side, side});
  float* to = out.data();
  for (std::size_t d = 1; d <= side; ++d) {
    for (std::size_t h = 1; h <= side; ++h) {
      for (std::size_t w = 1; w <= side; ++w) *to++ = padded(0, 0, d, h, w);
    }
  }
  return out;
}

/// Frames, and how each goes on: what the stencil has to say of it.
struct measurement {
  std::vector<tensor> frames{};
  std::vector<tensor> changes{};
};
inline measurement measure(int steps, double noise, std::mt19937_64& draw) {
  field u = start(draw);
  const double size = noise * u.root_mean_square();
  measurement out;
  tensor seen = measured(u, size, draw);
  for (int i = 0; i < steps; ++i) {
    u.step();
    tensor next = measured(u, size, draw);
    out.changes.push_back(without_border(next) - without_border(seen));
    out.frames.push_back(std::move(seen));
    seen = std::move(next);
  }
  return out;
}

/// The distance of a kernel from the true one, relative to its length.
inline double error_of(const tensor& kernel) {
  const auto truth = true_stencil();
  double apart = 0, size = 0;
  for (std::size_t i = 0; i < 27; ++i) {
    const double off = static_cast<double>(kernel.data()[i]) - truth[i];
    apart += off * off;
    size += truth[i] * truth[i];
  }
  return std::sqrt(apart / size);
}

}  // namespace heat
