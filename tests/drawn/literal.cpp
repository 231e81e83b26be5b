// SPDX-License-Identifier: BSD-3-Clause
// Programs of drawn policies as they are written, and of the library's graphs as they are.
#include <algorithm>
#include <utility>

#include "drawn/program.hpp"

namespace drawn {

using esp::index_t, esp::detail::operation, esp::detail::scope;

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// A constant stands for the decimal number that was written, which its double is within half a unit of; integers and
/// short binary fractions are meant as they are.
double uncertainty_of(double value, double roundings) {
  const double scaled = value * 1024;
  return scaled == std::floor(scaled) && std::fabs(scaled) < 0x1p53 ? 0 : roundings * 0x1p-53;
}

/// Where such a number is the same. One for each input channel is so within each of its blocks.
scope level_of(esp::per part) {
  return part == esp::per::weight ? scope::whole : part == esp::per::filter ? scope::filter : scope::block;
}

class literal_writer {
 public:
  explicit literal_writer(const esp::weight_shape& shape) { made_.shape = shape; }

  program write(const policy& p) {
    const int w = emit({.op = operation::tap, .level = scope::tap});
    const std::vector<bool> every(static_cast<std::size_t>(made_.shape.kernel.volume()), true);
    made_.output = steps(p.steps, w, every, scope::block);
    return made_;
  }

 private:
  using taps = std::vector<bool>;

  int emit(instruction i) {
    for (int operand : {i.a, i.b, i.c}) {
      if (operand < 0) continue;
      const scope other = made_.code[at(operand)].level;
      const bool cross = std::min(i.level, other) == scope::filter && std::max(i.level, other) == scope::input;
      i.level = cross ? scope::block : std::min(i.level, other);
    }
    made_.code.push_back(std::move(i));
    return static_cast<int>(made_.code.size()) - 1;
  }
  /// Whether a weight, a parameter or a tap's place decides the value.
  bool depends(int id) const {
    const instruction& i = made_.code[at(id)];
    if (i.op == operation::tap || i.op == operation::parameter || i.op == operation::inside) return true;
    return (i.a >= 0 && depends(i.a)) || (i.b >= 0 && depends(i.b)) || (i.c >= 0 && depends(i.c));
  }
  bool reads_eps(int id) const {
    const instruction& i = made_.code[at(id)];
    if (i.op == operation::epsilon) return true;
    return (i.a >= 0 && reads_eps(i.a)) || (i.b >= 0 && reads_eps(i.b)) || (i.c >= 0 && reads_eps(i.c));
  }
  bool reduces(int id) const {
    const instruction& i = made_.code[at(id)];
    if (esp::detail::is_reduction(i.op)) return true;
    return (i.a >= 0 && reduces(i.a)) || (i.b >= 0 && reduces(i.b)) || (i.c >= 0 && reduces(i.c));
  }
  /// Whether numbers and tables alone decide the value.
  bool is_number(int id) const {
    const instruction& i = made_.code[at(id)];
    if (i.op == operation::constant || i.op == operation::table) return true;
    if (i.a < 0) return false;
    return is_number(i.a) && (i.b < 0 || is_number(i.b)) && (i.c < 0 || is_number(i.c));
  }
  int constant(double v) { return emit({.op = operation::constant, .value = v, .uncertainty = uncertainty_of(v, 1)}); }
  taps in_region(int region, const taps& of) const {
    taps result = of;
    if (region == everywhere) return result;
    for (std::size_t t = 0; t < result.size(); ++t) {
      const auto where = esp::detail::tap_at(static_cast<index_t>(t), made_.shape.kernel);
      result[t] = of[t] && region_table()[at(region)].info.contains(where, made_.shape.kernel);
    }
    return result;
  }
  /// t is that of which the sum of max(x - t, 0) is the total; both are written beside the largest x.
  int above(word what, int x, int total, const taps& over) {
    const int largest = reduce(operation::largest, x, over, scope::block);
    made_.code.push_back(
        {.op = operation::threshold, .level = scope::block, .a = x, .b = total, .c = largest, .mask = over});
    const int t = static_cast<int>(made_.code.size()) - 1;
    if (what == word::threshold) return emit({.op = operation::add, .a = largest, .b = t});
    const int beside = emit({.op = operation::subtract, .a = x, .b = largest});
    const int rest = emit({.op = operation::subtract, .a = beside, .b = t});
    return emit({.op = operation::max, .a = rest, .b = constant(0)});
  }
  /// The group of each tap in a partition, from 0 on.
  std::vector<int> groups_of(int partition) const {
    std::vector<int> groups;
    for (index_t t = 0; t < made_.shape.kernel.volume(); ++t) {
      const auto where = esp::detail::tap_at(t, made_.shape.kernel);
      groups.push_back(static_cast<int>(partition_list()[at(partition)].info.group(where, made_.shape.kernel)));
    }
    const int least = *std::min_element(groups.begin(), groups.end());
    for (int& group : groups) group -= least;
    return groups;
  }
  int membership(int region) {
    const taps every(static_cast<std::size_t>(made_.shape.kernel.volume()), true);
    return emit({.op = operation::inside, .level = scope::tap, .mask = in_region(region, every)});
  }
  int reduce(operation op, int x, const taps& over, scope reach) {
    if (groups_.empty()) {
      made_.code.push_back({.op = op, .level = reach, .a = x, .mask = over});
    } else {
      made_.code.push_back({.op = op, .level = scope::tap, .a = x, .mask = over, .groups = groups_, .reach = reach});
    }
    return static_cast<int>(made_.code.size()) - 1;
  }

  int steps(const std::vector<step>& list, int w, const taps& active, scope reach) {
    for (const step& s : list) w = one_step(s, w, active, reach);
    return w;
  }
  int one_step(const step& s, int w, const taps& active, scope reach) {
    switch (s.what) {
      case form::formula:
        return formula(s.formula, w, active, reach);
      case form::per_filter:
        return steps(s.inner, w, active, scope::filter);
      case form::per_input:
        return steps(s.inner, w, active, scope::input);
      case form::whole_weight:
        return steps(s.inner, w, active, scope::whole);
      case form::grouped: {
        const std::vector<int> before = std::exchange(groups_, groups_of(s.region));
        const int changed_in_groups = steps(s.inner, w, active, reach);
        groups_ = before;
        return changed_in_groups;
      }
      default:
        break;
    }
    const int changed = steps(s.inner, w, in_region(s.region, active), reach);
    return emit({.op = operation::select, .a = membership(s.region), .b = changed, .c = w});
  }

  int formula(const body& f, int w, const taps& active, scope reach) {
    std::vector<int> made(f.phrases.size(), -1);
    for (std::size_t i = 0; i < f.phrases.size(); ++i) {
      const phrase& p = f.phrases[i];
      const auto of = [&](int operand) { return operand < 0 ? -1 : made[at(operand)]; };
      const std::vector<int> before = groups_;
      if (p.groups != everywhere) groups_ = groups_of(p.groups);
      made[i] = one_phrase(p, of(p.a), of(p.b), of(p.c), w, active, reach);
      groups_ = before;
    }
    return made[at(f.result)];
  }

  int one_phrase(const phrase& p, int a, int b, int c, int w, const taps& active, scope reach) {
    if (p.reach != scope::tap) reach = p.reach;
    const taps over = in_region(p.region, active);
    const auto sum_of = [&](int x) { return reduce(operation::sum, x, over, reach); };
    switch (p.what) {
      case word::tap:
        return w;
      case word::number:
        return constant(p.value);
      case word::eps:
        return emit({.op = operation::epsilon});
      case word::parameter:
        return emit({.op = operation::parameter,
                     .level = level_of(named_numbers[at(static_cast<int>(p.value))].part),
                     .value = p.value});
      case word::table: {
        const esp::detail::table_info& info = table_list()[static_cast<std::size_t>(p.value)].info;
        instruction i{.op = operation::table, .level = scope::tap};
        for (index_t t = 0; t < made_.shape.kernel.volume(); ++t) {
          i.numbers.push_back(info(esp::detail::tap_at(t, made_.shape.kernel), made_.shape.kernel));
        }
        return emit(i);
      }
      case word::add:
        return emit({.op = operation::add, .a = a, .b = b});
      case word::subtract:
        return emit({.op = operation::subtract, .a = a, .b = b});
      case word::multiply:
        return emit({.op = operation::multiply, .a = a, .b = b});
      case word::divide:
        return emit({.op = operation::divide, .a = a, .b = b});
      case word::negate:
        return emit({.op = operation::negate, .a = a});
      case word::sqrt:
        return emit({.op = operation::sqrt, .a = a});
      case word::abs:
        return emit({.op = operation::abs, .a = a});
      case word::square:
        return emit({.op = operation::multiply, .a = a, .b = a});
      case word::exp:
        return emit({.op = operation::exp, .a = a});
      case word::log:
        return emit({.op = operation::log, .a = a});
      case word::tanh:
        return emit({.op = operation::tanh, .a = a});
      case word::sigmoid:
        return emit({.op = operation::sigmoid, .a = a});
      case word::softplus:
        return emit({.op = operation::softplus, .a = a});
      case word::min:
      case word::max: {
        // A plain number goes second, so that a NaN of the other operand stays (docs/language.md), unless that one is
        // made of plain numbers too.
        // What sums numbers and adds eps is taken for one that may be NaN.
        const bool swapped = is_number(a) && (depends(b) || (reads_eps(b) && reduces(b)));
        const operation op = p.what == word::min ? operation::min : operation::max;
        return emit({.op = op, .a = swapped ? b : a, .b = swapped ? a : b});
      }
      case word::select:
        return emit({.op = operation::select, .a = a, .b = b, .c = c});
      case word::less:
        return emit({.op = operation::less, .a = a, .b = b});
      case word::less_equal:
        return emit({.op = operation::less_equal, .a = a, .b = b});
      case word::greater:
        return emit({.op = operation::less, .a = b, .b = a});
      case word::greater_equal:
        return emit({.op = operation::less_equal, .a = b, .b = a});
      case word::negation:
        return emit({.op = operation::negation, .a = a});
      case word::conjunction:
        return emit({.op = operation::conjunction, .a = a, .b = b});
      case word::disjunction:
        return emit({.op = operation::disjunction, .a = a, .b = b});
      case word::inside:
        return membership(p.region);
      case word::sum:
        return sum_of(a);
      case word::smallest:
        return reduce(operation::smallest, a, over, reach);
      case word::largest:
        return reduce(operation::largest, a, over, reach);
      case word::l1:
        return sum_of(emit({.op = operation::abs, .a = a}));
      case word::l2:
        return emit({.op = operation::sqrt, .a = sum_of(emit({.op = operation::multiply, .a = a, .b = a}))});
      case word::sum_of_squares:
        return sum_of(emit({.op = operation::multiply, .a = a, .b = a}));
      case word::threshold:
      case word::excess:
        return above(p.what, a, b, over);
      case word::mean:
        break;
    }
    const auto taps_of_block = static_cast<double>(std::count(over.begin(), over.end(), true));
    const index_t blocks = reach == scope::block    ? 1
                           : reach == scope::filter ? made_.shape.in
                           : reach == scope::input  ? made_.shape.out
                                                    : made_.shape.blocks();
    if (!groups_.empty()) {
      instruction count{.op = operation::table, .level = scope::tap};
      for (std::size_t t = 0; t < groups_.size(); ++t) {
        double own = 0;
        for (std::size_t s = 0; s < groups_.size(); ++s) own += over[s] && groups_[s] == groups_[t];
        count.numbers.push_back(std::max(own, 1.0) * static_cast<double>(blocks));
      }
      const int sum = sum_of(a);
      return emit({.op = operation::divide, .a = sum, .b = emit(count)});
    }
    return emit({.op = operation::divide, .a = sum_of(a), .b = constant(taps_of_block * static_cast<double>(blocks))});
  }

  program made_;
  std::vector<int> groups_{};  ///< of the taps, where reductions run in groups
};

}  // namespace

program literal(const policy& p) { return literal_writer(p.shape).write(p); }

program program_of(const esp::detail::graph& g) {
  program made{.shape = g.shape, .code = {}, .output = g.output};
  const auto taps = static_cast<std::size_t>(g.shape.kernel.volume());
  for (int id = 0; id < g.size; ++id) {
    const esp::detail::node& n = g[id];
    instruction i{.op = n.op, .level = n.level, .a = n.a, .b = n.b, .c = n.c, .value = n.value, .mask = {}};
    if (n.op == operation::parameter) {
      i.value = number_called(g.parameters[static_cast<std::size_t>(n.value)]);
    }
    if (n.op == operation::known_sum) {
      i = {.op = operation::constant, .level = n.level, .value = n.value, .uncertainty = 0x1p-52};
    }
    for (std::size_t t = 0; n.op == operation::table && t < taps; ++t) {
      i.numbers.push_back(g.table_value(n.table(), static_cast<index_t>(t)));
    }
    if (n.is_constant()) i.uncertainty = uncertainty_of(n.value, 8);
    if (n.op == operation::spread) {
      const auto& in = g.groups_of(g[n.a].partition);
      for (std::size_t t = 0; t < taps; ++t) i.groups.push_back(in[static_cast<index_t>(t)]);
    }
    if (n.op == operation::inside || (n.is_reduction() && n.level == scope::block)) {
      for (std::size_t t = 0; t < taps; ++t) {
        const bool in_group = n.partition == 0 || g.groups_of(n.partition)[static_cast<index_t>(t)] == n.group;
        i.mask.push_back(in_group && g.contains(n.regions, static_cast<index_t>(t)));
      }
    }
    made.code.push_back(std::move(i));
  }
  return made;
}

}  // namespace drawn
