// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Any executor as one type, so that a field of options can hold it.
#pragma once

#include <concepts>
#include <espalier/config.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <functional>
#include <memory>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail::held {

/// Holds a copy of an executor. A task costs one indirect call more, beside thousands of operations.
class any_executor {
 public:
  /// A task of any type, which outlives the call.
  class task_view {
   public:
    template <class Task>
    requires(!std::same_as<std::remove_cvref_t<Task>, task_view>)
    explicit task_view(Task& task)
        : task_(std::addressof(task)), call_([](const void* object, index_t number, index_t worker) {
            (*static_cast<Task*>(const_cast<void*>(object)))(number, worker);
          }) {}
    void operator()(index_t number, index_t worker) const { call_(task_, number, worker); }

   private:
    const void* task_;
    void (*call_)(const void*, index_t, index_t);
  };

  template <class E>
  requires(!std::same_as<E, any_executor> && Executor<E>)
  any_executor(const E& executor)
      : workers_([executor] { return static_cast<index_t>(executor.workers()); }),
        run_([executor](index_t count, const task_view& task) { executor.run(count, task); }) {}

  [[nodiscard]] index_t workers() const { return workers_(); }

  template <class Task>
  void run(index_t count, Task&& task) const {
    run_(count, task_view(task));
  }

 private:
  std::function<index_t()> workers_;
  std::function<void(index_t, const task_view&)> run_;
};

}  // namespace esp::inline ESPALIER_ABI::detail::held
