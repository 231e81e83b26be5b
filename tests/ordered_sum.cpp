// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <espalier/ordered_sum.hpp>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

using esp::index_t;
using block = std::vector<float>;

std::vector<block> drawn(std::size_t blocks, std::size_t size, std::mt19937& engine) {
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<block> result(blocks, block(size));
  for (block& b : result)
    for (float& value : b) value = uniform(engine);
  return result;
}

/// The tree by recursion.
block tree(const std::vector<block>& blocks, std::size_t first, std::size_t count) {
  std::size_t half = 1;
  if (count == 1) return blocks[first];
  while (2 * half < count) half *= 2;
  block left = tree(blocks, first, half);
  const block right = tree(blocks, first + half, count - half);
  for (std::size_t i = 0; i < left.size(); ++i) left[i] = left[i] + right[i];
  return left;
}

bool same(std::span<const float> a, const block& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

}  // namespace

TEST_CASE("blocks are added as a tree, in any order and by any number of sums", "[sum]") {
  std::mt19937 engine(1);
  for (std::size_t count = 1; count <= 40; ++count) {
    const auto blocks = drawn(count, 7, engine);
    const block expected = tree(blocks, 0, count);
    for (int repeat = 0; repeat < 8; ++repeat) {
      std::vector<std::size_t> order(count);
      std::iota(order.begin(), order.end(), std::size_t{0});
      if (repeat > 0) std::shuffle(order.begin(), order.end(), engine);
      std::vector<esp::ordered_sum<float>> sums(1 + engine() % 4, {static_cast<index_t>(count), 7});
      for (const std::size_t i : order) sums[engine() % sums.size()].add(static_cast<index_t>(i), blocks[i]);
      for (std::size_t i = 1; i < sums.size(); ++i) sums[0].merge(sums[i]);
      REQUIRE(sums[0].complete());
      REQUIRE(same(sums[0].total(), expected));
    }
  }
}

TEST_CASE("blocks that come in order take few partial sums", "[sum]") {
  std::mt19937 engine(2);
  const auto blocks = drawn(1000, 3, engine);
  esp::ordered_sum<float> sum(1000, 3);
  int most = 0;
  for (index_t i = 0; i < 1000; ++i) {
    sum.add(i, blocks[static_cast<std::size_t>(i)]);
    int parts = 0;
    sum.each_part([&](index_t, index_t, std::span<const float>) { ++parts; });
    most = std::max(most, parts);
  }
  REQUIRE(most <= 10);
  REQUIRE(same(sum.total(), tree(blocks, 0, 1000)));
}

TEST_CASE("what is no block of a sum is refused", "[sum]") {
  const auto sentence = [](const auto& call) -> std::string {
    try {
      call();
    } catch (const esp::error& e) {
      return e.what();
    }
    return "";
  };
  const std::vector<double> two{1, 2}, three{1, 2, 3};
  esp::ordered_sum<double> sum(3, 2);
  CHECK(sentence([&] { (void)sum.total(); }) ==
        "ESP-258: the sum of 3 blocks was asked for before each of them was added; ask complete(), or merge what the "
        "others hold");
  sum.add(1, two);
  CHECK(sentence([&] { sum.add(1, two); }) ==
        "ESP-258: part 1 of level 0 of a sum of 3 blocks is not there, or was added before; add each of the blocks "
        "once, from 0 on");
  CHECK(sentence([&] { sum.add(3, two); }).substr(0, 7) == "ESP-258");
  CHECK(sentence([&] { sum.add(-1, two); }).substr(0, 7) == "ESP-258");
  CHECK(sentence([&] { sum.add_part(1, 0, two); }).substr(0, 7) == "ESP-258");
  CHECK(sentence([&] { sum.add(0, three); }) ==
        "ESP-259: a block has 3 elements in a sum of blocks of 2; pass blocks of the size that the sum was made for");
  CHECK(sentence([&] { esp::ordered_sum<double>(0, 2); }).substr(0, 7) == "ESP-257");
  // Nothing of another sum is taken where some of it cannot be.
  esp::ordered_sum<double> other(3, 2);
  other.add(2, two);
  other.add(1, two);
  CHECK(sentence([&] { sum.merge(other); }).substr(0, 7) == "ESP-258");
  sum.add(0, two);
  CHECK(sentence([&] { sum.add(0, two); }).substr(0, 7) == "ESP-258");
  sum.add(2, two);
  REQUIRE(sum.complete());
  CHECK(sentence([&] { sum.add(2, two); }).substr(0, 7) == "ESP-258");
  REQUIRE(sum.total()[1] == 6);
}
