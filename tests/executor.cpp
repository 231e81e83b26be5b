// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <atomic>
#include <espalier/executor.hpp>
#include <vector>

#include "support/catch.hpp"

static_assert(esp::Executor<esp::serial>);
static_assert(esp::Executor<esp::threads>);
static_assert(!esp::Executor<int>);

namespace {

/// Runs `count` tasks; true when each ran once, on a worker of the team, and no two of one worker at the same time.
template <class E>
bool runs_each_once(const E& executor, esp::index_t count) {
  std::vector<std::atomic<int>> runs(static_cast<std::size_t>(count));
  std::vector<std::atomic<int>> busy(static_cast<std::size_t>(executor.workers()));
  std::atomic<bool> good = true;
  executor.run(count, [&](esp::index_t task, esp::index_t worker) {
    if (worker < 0 || worker >= executor.workers()) {
      good = false;
      return;
    }
    if (busy[static_cast<std::size_t>(worker)].fetch_add(1) != 0) good = false;
    runs[static_cast<std::size_t>(task)].fetch_add(1);
    busy[static_cast<std::size_t>(worker)].fetch_sub(1);
  });
  return good && std::all_of(runs.begin(), runs.end(), [](const auto& n) { return n == 1; });
}

}  // namespace

TEST_CASE("every task runs exactly once, whatever the team and the count") {
  for (const esp::index_t count : {0, 1, 2, 3, 7, 64, 1000}) {
    REQUIRE(runs_each_once(esp::serial{}, count));
    for (const esp::index_t team : {-1, 0, 1, 2, 3, 5, 8}) REQUIRE(runs_each_once(esp::threads{team}, count));
  }
}

TEST_CASE("the number of workers is at least one") {
  STATIC_REQUIRE(esp::serial::workers() == 1);
  STATIC_REQUIRE(esp::threads{}.workers() == 1);
  STATIC_REQUIRE(esp::threads{-3}.workers() == 1);
  STATIC_REQUIRE(esp::threads{4}.workers() == 4);
}

TEST_CASE("the calling thread alone runs tasks in order") {
  std::vector<esp::index_t> order;
  esp::serial{}.run(5, [&](esp::index_t task, esp::index_t) { order.push_back(task); });
  REQUIRE(order == std::vector<esp::index_t>{0, 1, 2, 3, 4});
}

TEST_CASE("a worker's share is contiguous") {
  std::vector<esp::index_t> worker_of(10);
  esp::threads{3}.run(
      10, [&](esp::index_t task, esp::index_t worker) { worker_of[static_cast<std::size_t>(task)] = worker; });
  REQUIRE(std::is_sorted(worker_of.begin(), worker_of.end()));
}
