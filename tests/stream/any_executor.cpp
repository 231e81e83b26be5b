// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/executor.hpp>
#include <espalier/stream/any_executor.hpp>
#include <type_traits>
#include <vector>

#include "support/layer.hpp"

TEST_CASE("an executor of any type runs each task once with a worker of its own", "[stream]") {
  using esp::any_executor, esp::index_t;
  STATIC_REQUIRE(esp::Executor<any_executor>);
  for (const any_executor& executor : {any_executor(esp::serial{}), any_executor(esp::threads{3})}) {
    const any_executor copy = executor;
    std::vector<int> runs(100);
    std::vector<index_t> workers(100);
    copy.run(100, [&](index_t number, index_t worker) {
      ++runs[static_cast<std::size_t>(number)];
      workers[static_cast<std::size_t>(number)] = worker;
    });
    REQUIRE(runs == std::vector<int>(100, 1));
    for (const index_t worker : workers) REQUIRE((worker >= 0 && worker < executor.workers()));
  }
  REQUIRE(support::throws([] { static_cast<void>(any_executor(esp::threads{0}).workers()); }, "ESP-111"));
}
