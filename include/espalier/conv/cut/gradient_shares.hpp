// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Partial gradients of a weight: how many, and their sum in a fixed order.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Partial copies of the gradient for `jobs` that are independent anyway: 1 where jobs are many, since they need no
/// reduction; else enough for 8 tasks, each of at least 2^17 products (about 2 us) and at least 1024 positions (below,
/// the sums at its end would be seen). `taps` of each kernel are computed.
[[nodiscard]] constexpr index_t gradient_shares(const conv3d& config, const dims5& output, index_t jobs, index_t taps) {
  if (jobs >= 8) return 1;
  const double positions = static_cast<double>(output.n * output.d * output.h) * static_cast<double>(output.w);
  const index_t blocks = weight_shape_of(config).blocks();
  const double weight = static_cast<double>(blocks * taps);
  const double by_work = positions * weight / static_cast<double>(jobs * (index_t{1} << 17));
  const double most = by_work < positions / 1024 ? by_work : positions / 1024;
  return clamp_index(ceil_div(8, jobs), 1, most > 8 ? 8 : (most < 1 ? 1 : static_cast<index_t>(most)));
}

/// The same where all taps are computed.
[[nodiscard]] constexpr index_t gradient_shares(const conv3d& config, const dims5& output, index_t jobs) {
  return gradient_shares(config, output, jobs, config.kernel_size.volume());
}

/// `grad_w (+)= sum of the shares`, each of `size` elements: a balanced tree over the shares. The shares are destroyed.
template <class T, Executor E>
void sum_shares(T* partial, index_t shares, index_t size, T* grad_w, bool accumulate, const E& executor) {
  constexpr index_t block = 4096;
  executor.run(ceil_div(size, block), [=](index_t number, index_t) {
    const index_t begin = number * block, end = begin + rest(begin, block, size);
    for (index_t step = 1; step < shares; step *= 2) {
      for (index_t share = 0; share + step < shares; share += 2 * step) {
        T* to = partial + share * size;
        for (index_t i = begin; i < end; ++i) to[i] = to[i] + to[i + step * size];
      }
    }
    for (index_t i = begin; i < end; ++i) grad_w[i] = accumulate ? grad_w[i] + partial[i] : partial[i];
  });
}

/// Operands of one call. x (N, IC, ID, IH, IW), grad_y (N, OC, OD, OH, OW), grad_w (OC, ICG, KD, KH, KW), partial: as
/// many for each share where there are several, scratch: `worker_elements` for each worker, from a cache line on.
///
/// The configuration is referred to, here and in the other operands of a call: copied twice in one function it is
/// wrong. g++ 12 takes 64 bytes of constants of which the last are zeros for as many of the first (ones of a stride and
/// a dilation before a padding of zeros), where it vectorises stores and registers have 64 bytes.
template <class T>
struct gradient_operands {
  const conv3d& config;
  dims5 X, Y;
  const T* x;
  const T* grad_y;
  T* grad_w;
  bool accumulate;
  T* partial;
  T* scratch;
};

/// Calls `task(job, share, scratch of the worker)` for every job and share of a blocking, and sums the shares.
template <class T, class Blocking, class Task, Executor E>
void run_gradient_shares(const gradient_operands<T>& o, const Blocking& b, const Task& task, const E& executor) {
  executor.run(b.jobs * b.shares, [&](index_t number, index_t worker) {
    task(number % b.jobs, number / b.jobs, o.scratch + worker * b.worker_elements());
  });
  if (b.shares > 1) sum_shares(o.partial, b.shares, weight_shape_of(o.config).size(), o.grad_w, o.accumulate, executor);
}

}  // namespace esp::inline ESPALIER_ABI::detail
