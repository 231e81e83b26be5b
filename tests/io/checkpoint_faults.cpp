// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <espalier/dsl.hpp>
#include <espalier/io/checkpoint.hpp>
#include <espalier/layer.hpp>
#include <espalier/optim/adam.hpp>
#include <string>
#include <vector>

#include "support/faults.hpp"
#include "support/layer.hpp"
#include "support/temp_dir.hpp"

namespace {

using faults::action;

constexpr esp::conv3d small{.in_channels = 2, .out_channels = 3, .kernel_size = 3};
using unit = esp::constrained_conv3d<small, esp::modes::max_l2<esp::param<"c">>>;

/// A layer of one number: weight, bias and parameter.
unit numbered(float number) {
  unit layer;
  layer.weight().fill(number);
  layer.bias().fill(number);
  layer.set<"c">(number);
  return layer;
}
/// The number of the layer in a folder; -1 where its parts are of several, or where it cannot be loaded.
float number_in(const std::filesystem::path& folder) {
  unit layer = numbered(7);
  esp::load(folder, layer);
  const float number = layer.get<"c">();
  const auto is = [&](float x) { return x == number; };
  const bool whole = std::all_of(layer.weight().begin(), layer.weight().end(), is) &&
                     std::all_of(layer.bias().begin(), layer.bias().end(), is);
  return whole ? number : -1;
}
std::vector<std::string> names(const std::filesystem::path& folder) {
  std::vector<std::string> result;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) result.push_back(entry.path().filename());
  std::sort(result.begin(), result.end());
  return result;
}
const std::vector<std::string> only_the_file{"layer.npz"};

/// Runs `body` in a process of its own; how it ended.
template <class Body>
int in_child(const Body& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      body();
    } catch (...) {
      ::_exit(3);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}
bool was_killed(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL; }

}  // namespace

TEST_CASE("a process that ends at any system call of a save leaves the old file or the new one", "[checkpoint]") {
  if (!faults::calls_are_seen) return;
  const support::temp_dir dir;
  for (const action what : {action::kill, action::kill_after, action::kill_half}) {
    int killed = 0, old = 0, fresh = 0;
    for (int n = 0;; ++n) {
      std::filesystem::remove_all(dir / "a");
      esp::save(dir / "a", numbered(1));
      const unit two = numbered(2);
      const int status = in_child([&] {
        faults::at_call(n, what);
        esp::save(dir / "a", two);
      });
      const float found = number_in(dir / "a");
      INFO("call " << n);
      REQUIRE((found == 1 || found == 2));
      (found == 1 ? old : fresh) += 1;
      killed += was_killed(status) ? 1 : 0;
      if (what != action::kill_half && !was_killed(status)) {
        REQUIRE(status == 0);
        REQUIRE(found == 2);
        break;
      }
      // What the dead writer left is gone after the next save, and in nobody's way.
      esp::save(dir / "a", numbered(3));
      REQUIRE(number_in(dir / "a") == 3);
      REQUIRE(names(dir / "a") == only_the_file);
      if (what == action::kill_half && n > 40) break;
    }
    REQUIRE(killed >= 5);
    REQUIRE(old >= 5);
    if (what != action::kill_half) REQUIRE(fresh >= 2);
  }
}

TEST_CASE("a system call that fails leaves the old file or the new one, and nothing else", "[checkpoint]") {
  if (!faults::calls_are_seen) return;
  const support::temp_dir dir;
  for (const int error : {ENOSPC, EIO, EPERM, EINTR}) {
    int refused = 0;
    for (int n = 0;; ++n) {
      std::filesystem::remove_all(dir / "a");
      esp::save(dir / "a", numbered(1));
      faults::at_call(n, action::fail, error);
      const std::string said = support::sentence([&] { esp::save(dir / "a", numbered(2)); });
      const bool done = faults::calls() <= n;
      INFO("call " << n << ", error " << error << ": " << said);
      REQUIRE((said.empty() || said.starts_with("ESP-163: ")));
      const float found = number_in(dir / "a");
      REQUIRE((found == 2 || (found == 1 && !said.empty())));
      // A failing unlink is the one failure that leaves its file, for the next save.
      REQUIRE(names(dir / "a").size() <= 2);
      esp::save(dir / "a", numbered(3));
      REQUIRE(names(dir / "a") == only_the_file);
      refused += said.empty() ? 0 : 1;
      if (done) break;
    }
    REQUIRE(refused >= (error == EINTR ? 0 : 5));
  }
}

TEST_CASE("writes that write less than they are asked for are gone on with", "[checkpoint]") {
  if (!faults::calls_are_seen) return;
  const support::temp_dir dir;
  faults::short_writes(true);
  esp::save(dir / "a", numbered(5));
  faults::short_writes(false);
  REQUIRE(number_in(dir / "a") == 5);
}

TEST_CASE("a limit on the size of files leaves the old file", "[checkpoint]") {
  const support::temp_dir dir;
  esp::save(dir / "a", numbered(1));
  const unit two = numbered(2);
  for (const rlim_t most : {rlim_t{0}, rlim_t{1}, rlim_t{64}, rlim_t{500}, rlim_t{900}}) {
    const int status = in_child([&] {
      ::signal(SIGXFSZ, SIG_IGN);
      const rlimit limit{most, most};
      ::setrlimit(RLIMIT_FSIZE, &limit);
      esp::save(dir / "a", two);
    });
    REQUIRE((WIFEXITED(status) && WEXITSTATUS(status) == 3));
    REQUIRE(number_in(dir / "a") == 1);
    REQUIRE(names(dir / "a") == only_the_file);
  }
}

TEST_CASE("an allocation that fails anywhere in a save or a load comes out, and nothing is lost", "[checkpoint]") {
  const support::temp_dir dir;
  const unit two = numbered(2);
  unit into = numbered(4);
  esp::optimizer optimiser(esp::adam{}, into);
  into.weight_gradient().fill(1);
  into.bias_gradient().fill(1);
  optimiser.step();
  const unit before = into;
  const auto survives = [&](const auto& call) {
    for (const bool once : {false, true}) {
      int failures = 0;
      for (long n = 0;; ++n) {
        bool out_of_memory = false;
        faults::allocations_after(n, once);
        try {
          call();
        } catch (const std::bad_alloc&) {
          out_of_memory = true;
        } catch (const esp::error& e) {
          out_of_memory = std::string(e.id()) == "ESP-166";
        }
        const bool failed = faults::allocation_failed();
        const float found = number_in(dir / "a");
        INFO("allocation " << n);
        REQUIRE(out_of_memory <= failed);
        REQUIRE((found == 1 || found == 2));
        REQUIRE((found == 2 || failed));
        for (const std::string& name : names(dir / "a")) REQUIRE(name.find("partial") == std::string::npos);
        if (!failed) break;
        ++failures;
        esp::save(dir / "a", numbered(1));
      }
      REQUIRE(failures > 10);
    }
  };
  esp::save(dir / "a", numbered(1));
  survives([&] { esp::save(dir / "a", two); });
  survives([&] {
    esp::save(dir / "a", two);
    esp::save(dir / "a", two, optimiser);
  });
  esp::save(dir / "b", two, optimiser);
  survives([&] {
    esp::save(dir / "a", two);
    unit loaded = before;
    try {
      esp::load(dir / "b", loaded, optimiser);
    } catch (...) {
      REQUIRE(support::same(loaded.weight(), before.weight()));
      throw;
    }
  });
}

TEST_CASE("two processes that save and one that loads: every load is of one save", "[checkpoint]") {
  const support::temp_dir dir;
  esp::save(dir / "a", numbered(1));
  std::vector<pid_t> writers;
  for (const float number : {1.0F, 2.0F}) {
    const pid_t child = ::fork();
    if (child == 0) {
      int threw = 0;
      const unit layer = numbered(number);
      for (int i = 0; i < 150; ++i) {
        try {
          esp::save(dir / "a", layer);
        } catch (...) {
          ++threw;
        }
      }
      ::_exit(threw == 0 ? 0 : 1);
    }
    writers.push_back(child);
  }
  int loads = 0, ended = 0, changes = 0;
  bool good = true;
  for (float last = 0; ended < 2 || loads < 2000; ++loads) {
    const float found = number_in(dir / "a");
    good = good && (found == 1 || found == 2);
    changes += found != last ? 1 : 0;
    last = found;
    int status = 0;
    if (ended < 2 && ::waitpid(-1, &status, WNOHANG) > 0) {
      good = good && WIFEXITED(status) && WEXITSTATUS(status) == 0;
      ++ended;
    }
  }
  REQUIRE(good);
  REQUIRE(loads >= 2000);
  REQUIRE(changes >= 2);
  REQUIRE(names(dir / "a") == only_the_file);
}
