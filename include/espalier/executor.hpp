// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Who runs the independent tasks of a call: the calling thread, or an OpenMP team of a given size.
#pragma once

#include <atomic>
#include <concepts>
#include <espalier/config.hpp>
#include <espalier/error.hpp>
#include <espalier/shape.hpp>
#if defined(_OPENMP) && __has_include(<pthread.h>)
#include <pthread.h>
#endif

namespace esp::process_detail {

/// Set in a process that fork() made of one that had run a team. Without the tag: all units of a program share it. Not
/// in `esp::detail`, which g++ takes for the one inside of the tag once that has been seen.
inline std::atomic<bool> team_lost{false};

}  // namespace esp::process_detail

namespace esp::inline ESPALIER_ABI {

/// A team of workers that runs tasks `0 .. count-1`, each exactly once, as `task(number, worker)`.
///
/// `workers()` is the number of scratch areas a caller provides; `worker` is below it, and no two tasks run at once
/// with the same `worker`. Tasks write disjoint outputs, so neither order nor team size can change a result.
template <class E>
concept Executor = requires(const E& executor, void (*task)(index_t, index_t)) {
  { executor.workers() } -> std::convertible_to<index_t>;
  executor.run(index_t{}, task);
};

/// Runs every task on the calling thread.
struct serial {
  [[nodiscard]] static constexpr index_t workers() { return 1; }

  template <class Task>
  void run(index_t count, Task&& task) const {
    for (index_t number = 0; number < count; ++number) task(number, index_t{0});
  }
};

namespace detail {

/// Whether a team can run. OpenMP's threads wait for the next team, and a child of fork() has none of them: libgomp
/// would wait for ever. From the first team on, every child is told.
inline bool team_runs() {
#if defined(_OPENMP) && __has_include(<pthread.h>)
  static const int watched =
      ::pthread_atfork(nullptr, nullptr, [] { process_detail::team_lost.store(true, std::memory_order_relaxed); });
  static_cast<void>(watched);
#endif
  return !process_detail::team_lost.load(std::memory_order_relaxed);
}

}  // namespace detail

/// Runs the tasks on an OpenMP team of `count` threads, on the calling thread where there is one thread.
///
/// On the calling thread too where the program is compiled without OpenMP (`-fopenmp`; `workers()` is then 1), and in a
/// child of fork() whose parent had run a team. Static schedule: the split depends on nothing but the two counts. A
/// task must not throw. Throws ESP-111 for a count below 1 or above `most`, before any task runs.
struct threads {
  /// More than any machine's cores; a larger number is a mistake, and each worker takes scratch.
  static constexpr index_t most = 4096;

  index_t count = 1;

  /// Threads that run at once: `count`, and 1 without OpenMP. Throws ESP-111.
  [[nodiscard]] constexpr index_t workers() const {
    if (count < 1 || count > most) {
      throw error("ESP-111", {"threads{", count, "} is no team; ask for 1 to ", most, " threads"});
    }
#if defined(_OPENMP)
    return count;
#else
    return 1;
#endif
  }

  template <class Task>
  void run(index_t tasks, Task&& task) const {
    const index_t team = workers() < tasks ? workers() : tasks;
    if (team <= 1 || !detail::team_runs()) return serial{}.run(tasks, task);
#if defined(_OPENMP)
#pragma omp parallel for num_threads(static_cast<int>(team)) schedule(static)
#endif
    for (index_t worker = 0; worker < team; ++worker) {
      // A contiguous share per worker: neighbouring tasks read neighbouring rows of the input.
      const index_t begin = tasks / team * worker + (worker < tasks % team ? worker : tasks % team);
      const index_t end = begin + tasks / team + (worker < tasks % team ? 1 : 0);
      for (index_t number = begin; number < end; ++number) task(number, worker);
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI
