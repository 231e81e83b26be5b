// SPDX-License-Identifier: BSD-3-Clause
#include <atomic>
#include <espalier/executor.hpp>
#include <string>
#include <thread>
#include <vector>
#if __has_include(<sys/wait.h>)
#include <sys/wait.h>
#include <unistd.h>
#endif

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
#if defined(_OPENMP)
  static_assert(esp::threads{5}.workers() == 5);
#else
  static_assert(esp::threads{5}.workers() == 1, "without OpenMP nothing runs at once");
#endif
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

#if __has_include(<sys/wait.h>)

namespace {

// In a child process, ended by an alarm if it hangs: whether a team of `count` ran all of 100 tasks.
bool runs_in_a_child(esp::index_t count) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    std::vector<int> ran(100);
    esp::threads{count}.run(100, [&](esp::index_t number, esp::index_t) { ran[static_cast<std::size_t>(number)] = 1; });
    int sum = 0;
    for (const int one : ran) sum += one;
    _exit(sum == 100 ? 0 : 1);
  }
  int status = -1;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("a child of fork runs the tasks of a team", "[executor]") {
  check(esp::threads{2}, 100);
  REQUIRE(runs_in_a_child(2));
  REQUIRE(runs_in_a_child(3));
  check(esp::threads{3}, 100);  // the parent's threads are still there
  std::thread([] { check(esp::threads{2}, 10); }).join();
  REQUIRE(runs_in_a_child(2));
  // A grandchild.
  const pid_t child = fork();
  if (child == 0) _exit(runs_in_a_child(2) ? 0 : 1);
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) == 0);
}

#endif
