// SPDX-License-Identifier: BSD-3-Clause
#include <atomic>
#include <espalier/executor.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"

static_assert(esp::Executor<esp::serial>);
static_assert(esp::Executor<esp::threads>);

namespace {

// Each task once, workers in range, and never two tasks at once on one worker.
template <class E>
void check(const E& executor, esp::index_t tasks) {
  std::vector<std::atomic<int>> runs(static_cast<std::size_t>(tasks));
  std::vector<std::atomic<int>> busy(static_cast<std::size_t>(executor.workers()));
  std::atomic<int> wrong{0};
  executor.run(tasks, [&](esp::index_t number, esp::index_t worker) {
    if (number < 0 || number >= tasks || worker < 0 || worker >= executor.workers()) {
      ++wrong;
      return;
    }
    if (busy[static_cast<std::size_t>(worker)].fetch_add(1) != 0) ++wrong;
    ++runs[static_cast<std::size_t>(number)];
    busy[static_cast<std::size_t>(worker)].fetch_sub(1);
  });
  REQUIRE(wrong == 0);
  for (const auto& count : runs) REQUIRE(count == 1);
}

}  // namespace

TEST_CASE("every executor runs each task once", "[executor]") {
  for (const esp::index_t tasks : {0, 1, 2, 3, 7, 100}) {
    check(esp::serial{}, tasks);
    for (const esp::index_t team : {1, 2, 3, 4, 7}) check(esp::threads{team}, tasks);
  }
}

TEST_CASE("a team has at least one worker", "[executor]") {
  static_assert(esp::serial::workers() == 1);
  static_assert(esp::threads{5}.workers() == 5);
  for (const esp::index_t team : {-3, 0, 4097}) {
    int ran = 0;
    try {
      esp::threads{team}.run(4, [&](esp::index_t, esp::index_t) { ++ran; });
      FAIL("a team of " << team << " threads was accepted");
    } catch (const esp::error& refused) {
      REQUIRE(std::string(refused.id()) == "ESP-111");
      REQUIRE(std::string(refused.what()).find("threads{" + std::to_string(team) + "}") != std::string::npos);
    }
    REQUIRE(ran == 0);
  }
}
