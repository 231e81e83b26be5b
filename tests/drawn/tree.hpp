// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A drawn policy as a program holds it: what is printed as C++, lowered by the library, and evaluated as it is
/// written.
#pragma once

#include <espalier/groups.hpp>
#include <espalier/lower.hpp>
#include <espalier/number_part.hpp>
#include <espalier/region.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/table.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace drawn {

/// The vocabulary of a formula. From `sum` on: reductions of one expression over a region.
enum class word : unsigned char {
  tap,
  number,
  eps,
  parameter,
  table,
  add,
  subtract,
  multiply,
  divide,
  negate,
  sqrt,
  abs,
  square,
  exp,
  log,
  tanh,
  sigmoid,
  softplus,
  min,
  max,
  select,
  less,
  less_equal,
  greater,
  greater_equal,
  negation,
  conjunction,
  disjunction,
  inside,
  sum,
  mean,
  smallest,
  largest,
  l1,
  l2,
  sum_of_squares,
  threshold,
  excess
};

/// No region: every tap.
inline constexpr int everywhere = -1;

struct phrase {
  word what = word::tap;
  int a = -1;  ///< operands: earlier phrases
  int b = -1;
  int c = -1;
  double value = 0;            ///< of a number; the index of a parameter's name or of a table
  int region = everywhere;     ///< an index of `region_table`
  int groups = everywhere;     ///< of a reduction over groups: an index of `partition_list`
  esp::detail::scope reach{};  ///< of a reduction, if it is not that of its policy
};

/// One formula of `w`; phrases may be shared.
struct body {
  std::vector<phrase> phrases{};
  int result = 0;
};

enum class form : unsigned char { formula, on, per_filter, per_input, whole_weight, grouped };

/// A policy: a formula, printed as a lambda unless it has a name (`esp::clamp<0>`), or policies inside a region or
/// scope.
struct step {
  form what = form::formula;
  std::string name{};
  body formula{};
  int region = everywhere;  ///< of grouped, an index of `partition_list`
  std::vector<step> inner{};
  /// What the library makes of a policy of its own; else the phrases are lowered one by one.
  int (*lower)(esp::detail::graph&, const esp::detail::binding&) = nullptr;
};

/// Steps joined by `>>`, for weights of one shape.
struct policy {
  esp::weight_shape shape{};
  std::vector<step> steps;
};

/// The regions that are drawn, under the name by which printed policies know them.
struct named_region {
  const char* source;
  esp::detail::region_info info;
};
const std::vector<named_region>& region_table();

/// The partitions that are drawn, likewise.
struct named_partition {
  const char* source;
  esp::detail::partition_info info;
};
const std::vector<named_partition>& partition_list();

/// The tables that are drawn, likewise.
struct named_table {
  const char* source;
  esp::detail::table_info info;
};
const std::vector<named_table>& table_list();

/// True if the kernel can be divided so.
bool usable(const named_partition& partition, esp::extents kernel);

/// True if the region holds a tap, and a centre where it needs one.
bool usable(const named_region& region, esp::extents kernel);

/// The numbers that a drawn formula may name: set at run time or learned, one for the weight or for each part of it.
struct named_number {
  const char* name;
  const char* source;
  esp::per part;
  bool is_learned;
};
inline constexpr named_number named_numbers[] = {
    {"a", "esp::param<\"a\">", esp::per::weight, false},
    {"b", "esp::param<\"b\">", esp::per::weight, false},
    {"f", "esp::learned<\"f\", esp::per::filter>", esp::per::filter, true},
    {"i", "esp::param<\"i\", esp::per::input>", esp::per::input, false},
    {"k", "esp::learned<\"k\", esp::per::block>", esp::per::block, true},
    {"gain", "esp::learned<\"gain\", esp::per::filter>", esp::per::filter, true},
};
inline constexpr int named_count = 6;
/// Which of them has this name.
int number_called(std::string_view name);

/// The source of an expression whose value is the policy: `esp::clamp<0> >> [](auto w) { return ...; }`.
std::string source_of(const policy& p);
/// The number as C++ that reads back as the same double.
std::string source_of(double value);

/// Phrases of all formulas.
int size_of(const policy& p);

}  // namespace drawn
