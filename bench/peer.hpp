// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What a side of the comparison is: the job it is given, and the ways it offers of doing it.
#pragma once

#include <espalier/conv/reference.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace bench {

enum class direction { forward, backward_data, backward_weights };

inline const char* to_string(direction d) {
  constexpr const char* names[] = {"forward", "backward_data", "backward_weights"};
  return names[static_cast<int>(d)];
}

/// One direction of one convolution on contiguous NCDHW memory; the result is overwritten.
///
/// forward: x, weight, bias -> y. backward_data: weight, grad_y -> grad_x. backward_weights: x, grad_y -> grad_weight.
template <class T>
struct job {
  esp::conv_problem problem;
  direction way;
  int threads;
  const T* x;
  const T* weight;
  const T* bias;
  const T* grad_y;
  T* result;
};

/// One way of doing a job.
struct candidate {
  std::string implementation;    ///< What the side itself calls it.
  std::function<void()> same;    ///< Same contract: plain in, plain out, everything a call needs inside.
  std::function<void()> best{};  ///< Operands already in the side's own formats; empty: as `same`.
  /// Packed once: the weight already in the side's own format, the rest plain; empty: as `same`.
  std::function<void()> packed{};
};

/// A library, or a loop nest, that is timed against ours.
template <class T>
struct peer {
  std::string name;
  /// It is the row's peer wherever it has an implementation; of the others the fastest is.
  bool leads;
  /// Every way it offers; none where it cannot do the job. What it returns refers to the job's memory.
  std::function<std::vector<candidate>(const job<T>&)> candidates;
};

/// The peers that this program was built with.
template <class T>
std::vector<peer<T>>& peers() {
  static std::vector<peer<T>> list;
  return list;
}

/// Adds a peer before `main`: `const enrolled_peer<float> one{"name", ...};`.
template <class T>
struct enrolled_peer {
  explicit enrolled_peer(peer<T> p) { peers<T>().push_back(std::move(p)); }
};

/// Name and version of every peer, for the report.
inline std::vector<std::string>& peer_versions() {
  static std::vector<std::string> list;
  return list;
}

}  // namespace bench
