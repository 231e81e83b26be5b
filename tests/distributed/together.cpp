// SPDX-License-Identifier: BSD-3-Clause
// Where one rank throws, all throw its words; where they differ in something, all say in what.
#include <atomic>
#include <cstdint>
#include <espalier/distributed/together.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "distributed/virtual_ranks.hpp"
#include "support/catch.hpp"

namespace {

std::vector<std::string> messages(esp::index_t ranks, const auto& work) {
  std::vector<std::string> all(static_cast<std::size_t>(ranks));
  drawn::virtual_ranks world(ranks);
  world.run([&](auto& halo) {
    try {
      work(halo);
    } catch (const esp::error& e) {
      all[static_cast<std::size_t>(halo.rank())] = e.what();
    }
  });
  return all;
}

}  // namespace

TEST_CASE("a rank that fails takes the others with it", "[distributed]") {
  std::atomic<int> done = 0;
  const auto said = messages(4, [&](auto& halo) {
    esp::together(halo, [&] { ++done; });
    esp::together(halo, [&] {
      if (halo.rank() > 1) throw std::runtime_error("no file of part " + std::to_string(halo.rank()));
    });
  });
  REQUIRE(done == 4);
  REQUIRE(said == std::vector<std::string>(4, "ESP-283: rank 2 failed, and so do all: no file of part 2"));
  REQUIRE(
      messages(2, [](auto& halo) {
        esp::together(halo, [&] {
          if (halo.rank() == 0) throw 3;
        });
      })[1] == "ESP-283: rank 0 failed, and so do all: an exception of a type that is not derived from std::exception");
  const std::string endless(5000, 'x');
  REQUIRE(messages(2, [&](auto& halo) { esp::together(halo, [&] { throw std::runtime_error(endless); }); })[1].size() ==
          1023 + std::string("ESP-283: rank 0 failed, and so do all: ").size());
}

TEST_CASE("ranks that differ say in what", "[distributed]") {
  const auto differ = [](const esp::common_ground& other) {
    return messages(3, [&](auto& halo) {
      esp::agree(halo, [&] { return halo.rank() == 1 ? other : esp::common_ground{7, -3, 5}; });
    });
  };
  REQUIRE(differ({7, -3, 5}) == std::vector<std::string>(3));
  const auto starts = [](const std::vector<std::string>& said, const std::string& with) {
    REQUIRE(said[0] == said[1]);
    REQUIRE(said[0] == said[2]);
    REQUIRE(said[0].starts_with("ESP-282: the ranks have " + with + ";"));
  };
  starts(differ({8, -3, 5}), "layers of different types");
  starts(differ({7, INT64_MIN, 5}), "different calls, shapes of the input or decompositions");
  starts(differ({7, -3, 4}), "different weights, biases or numbers of the prior");
  const double a[3] = {1, 2, 3}, b[3] = {1, 2, 4};
  REQUIRE(esp::hash().add(a, sizeof a).value() != esp::hash().add(b, sizeof b).value());
  REQUIRE(esp::hash().add(a, 9).value() == esp::hash().add(a, 9).value());
}
