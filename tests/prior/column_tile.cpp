// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <espalier/prior/column_tile.hpp>
#include <limits>
#include <vector>

#include "support/catch.hpp"

namespace {

using esp::index_t, esp::lanes;

template <class T>
constexpr std::size_t width = static_cast<std::size_t>(lanes<T>);

/// Numbers 1, 2, 3, ...
template <class T>
std::vector<T> counted(std::size_t size) {
  std::vector<T> numbers(size);
  for (std::size_t i = 0; i < size; ++i) numbers[i] = static_cast<T>(i + 1);
  return numbers;
}

/// What a sink was given, element by element, at the place it came from; a lane without a column must be zero.
template <class T>
struct backwards {
  static constexpr bool scatters = true;
  index_t count, length;
  std::vector<T>* seen;

  using place = index_t;
  place start() const { return 0; }
  [[nodiscard]] index_t after(index_t number) const { return number + 1; }

  [[nodiscard]] index_t tiles() const { return (count + lanes<T> - 1) / lanes<T>; }
  [[nodiscard]] index_t column(index_t number, std::size_t lane) const {
    return count - 1 - number * lanes<T> - static_cast<index_t>(lane);
  }
  [[nodiscard]] esp::tile_columns<T> columns(index_t number, const T* weight, index_t rows) const {
    esp::tile_columns<T> result{};
    for (std::size_t lane = 0; lane < width<T>; ++lane) {
      result.begin[lane] = weight + std::max<index_t>(column(number, lane), 0) * rows;
      if (column(number, lane) < 0) result.missing |= 1U << lane;
    }
    return result;
  }
  void take(index_t number, index_t row0, index_t rows, const T* tile) const {
    for (index_t row = 0; row < rows; ++row) {
      for (std::size_t lane = 0; lane < width<T>; ++lane) {
        const T value = tile[static_cast<std::size_t>(row) * width<T> + lane];
        if (column(number, lane) < 0) {
          REQUIRE(value == 0);
        } else {
          (*seen)[static_cast<std::size_t>(column(number, lane) * length + row0 + row)] += value;
        }
      }
    }
  }
};

}  // namespace

TEMPLATE_TEST_CASE("columns are loaded into lanes, and stored from them, whatever their length", "[simd]", float,
                   double) {
  using T = TestType;
  for (std::size_t rows = 1; rows <= 3 * width<T> + 1; ++rows) {
    const std::vector<T> weight = counted<T>(rows * width<T>);
    std::array<const T*, width<T>> from{};
    // Every column once, in another order than they have in memory.
    for (std::size_t lane = 0; lane < width<T>; ++lane) from[lane] = weight.data() + (width<T> - 1 - lane) * rows;
    alignas(esp::alignment) std::array<T, (3 * width<T> + 2) * width<T>> tile{};
    esp::load_columns(from, 0, static_cast<index_t>(rows), tile.data());
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t lane = 0; lane < width<T>; ++lane) REQUIRE(tile[row * width<T> + lane] == from[lane][row]);
    }
    for (std::size_t i = rows * width<T>; i < tile.size(); ++i) REQUIRE(tile[i] == 0);

    std::vector<T> back(weight.size() + 1, T(-1));
    std::array<T*, width<T>> to{};
    for (std::size_t lane = 0; lane < width<T>; ++lane) to[lane] = back.data() + (width<T> - 1 - lane) * rows;
    to[0] = nullptr;
    esp::store_columns(tile.data(), static_cast<index_t>(rows), to);
    for (std::size_t i = 0; i < back.size(); ++i) {
      const bool kept = i / rows >= width<T> - 1;
      REQUIRE(back[i] == (kept ? T(-1) : weight[i]));
    }
  }
}

TEMPLATE_TEST_CASE("a weight goes to a sink column by column, long ones in parts", "[simd]", float, double) {
  using T = TestType;
  for (const index_t length : {1, 9, 27, 64, 65, 200}) {
    const index_t count = 2 * lanes<T> + 1;
    const std::vector<T> weight = counted<T>(static_cast<std::size_t>(count * length));
    std::vector<T> seen(weight.size(), T(0));
    esp::copy_columns(weight.data(), length, backwards<T>{count, length, &seen});
    REQUIRE(seen == weight);

    std::vector<T> plain(weight.size() + 1, T(-1));
    esp::copy_columns(weight.data(), length, esp::plain_columns<T>{plain.data(), count, length});
    REQUIRE(plain.back() == T(-1));
    REQUIRE(std::equal(weight.begin(), weight.end(), plain.begin()));
  }
}

TEST_CASE("a sink is what tells its tiles, their columns, and takes them", "[simd]") {
  STATIC_REQUIRE(esp::ColumnSink<esp::plain_columns<float>, float>);
  STATIC_REQUIRE(!esp::ColumnSink<esp::plain_columns<float>, double>);
  STATIC_REQUIRE(!esp::ColumnSink<int, float>);
  STATIC_REQUIRE(esp::ColumnSink<backwards<double>, double>);
}

TEMPLATE_TEST_CASE("plain columns stay where they were", "[simd]", float, double) {
  using T = TestType;
  using sink = esp::plain_columns<T>;
  STATIC_REQUIRE(esp::KeepsColumns<sink, T>);
  STATIC_REQUIRE(!esp::KeepsColumns<backwards<T>, T>);
  std::vector<T> to(static_cast<std::size_t>(3 * (lanes<T> + 1)));
  const sink plain{to.data(), lanes<T> + 1, 3};
  REQUIRE(plain.first(0) == 0);
  REQUIRE(plain.filled(0) == lanes<T>);
  REQUIRE(plain.column(0) == to.data());
  const index_t next = plain.after(0);
  REQUIRE(plain.first(next) == lanes<T>);
  REQUIRE(plain.filled(next) == 1);
  REQUIRE(plain.column(next) == to.data() + 3 * lanes<T>);
  const esp::adjacent_columns<T, 3> columns{to.data(), 1};
  REQUIRE(columns[1] == to.data() + 3);
  REQUIRE(columns.has(0));
  REQUIRE(!columns.has(1));
}
