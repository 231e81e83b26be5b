// SPDX-License-Identifier: BSD-3-Clause
#include "drawn/tree.hpp"

#include <cfenv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <espalier/region.hpp>

#include "drawn/regions.hpp"
#include "drawn/tables.hpp"

namespace drawn {

namespace {

template <class R>
named_region named(const char* source, R) {
  return {source, esp::detail::describe_region<R>()};
}

const char* name_of(word what) {
  switch (what) {
    case word::sqrt:
      return "esp::sqrt";
    case word::abs:
      return "esp::abs";
    case word::square:
      return "esp::square";
    case word::exp:
      return "esp::exp";
    case word::log:
      return "esp::log";
    case word::tanh:
      return "esp::tanh";
    case word::sigmoid:
      return "esp::sigmoid";
    case word::softplus:
      return "esp::softplus";
    case word::min:
    case word::smallest:
      return "esp::min";
    case word::max:
    case word::largest:
      return "esp::max";
    case word::select:
      return "esp::select";
    case word::sum:
      return "esp::sum";
    case word::mean:
      return "esp::mean";
    case word::l1:
      return "esp::l1";
    case word::l2:
      return "esp::l2";
    case word::threshold:
      return "esp::threshold";
    case word::excess:
      return "esp::excess";
    default:
      return "esp::sum_of_squares";
  }
}

const char* sign_of(word what) {
  switch (what) {
    case word::add:
      return " + ";
    case word::subtract:
      return " - ";
    case word::multiply:
      return " * ";
    case word::divide:
      return " / ";
    case word::less:
      return " < ";
    case word::less_equal:
      return " <= ";
    case word::greater:
      return " > ";
    case word::greater_equal:
      return " >= ";
    case word::conjunction:
      return " && ";
    case word::disjunction:
      return " || ";
    default:
      return nullptr;
  }
}

/// Prints one formula; what is used twice becomes a local name.
class formula_source {
 public:
  explicit formula_source(const body& b) : body_(b), uses_(b.phrases.size(), 0) {
    for (const phrase& p : b.phrases) {
      for (int operand : {p.a, p.b, p.c}) {
        if (operand >= 0) ++uses_[static_cast<std::size_t>(operand)];
      }
    }
  }
  std::string lambda() {
    std::string declarations;
    std::vector<bool> needed(body_.phrases.size(), false);
    mark(body_.result, needed);
    for (std::size_t i = 0; i < body_.phrases.size(); ++i) {
      if (!needed[i] || !is_local(static_cast<int>(i))) continue;
      declarations += "const auto " + local(static_cast<int>(i)) + " = " + written(static_cast<int>(i)) + "; ";
    }
    return "[]([[maybe_unused]] auto w) { " + declarations + "return " + operand(body_.result) + "; }";
  }

 private:
  const phrase& at(int i) const { return body_.phrases[static_cast<std::size_t>(i)]; }
  void mark(int i, std::vector<bool>& needed) const {
    if (i < 0 || needed[static_cast<std::size_t>(i)]) return;
    needed[static_cast<std::size_t>(i)] = true;
    for (int operand : {at(i).a, at(i).b, at(i).c}) mark(operand, needed);
  }
  bool is_local(int i) const { return uses_[static_cast<std::size_t>(i)] > 1 && at(i).a >= 0; }
  static std::string local(int i) { return "t" + std::to_string(i); }
  std::string operand(int i) const { return is_local(i) ? local(i) : written(i); }
  std::string written(int i) const {
    const phrase& p = at(i);
    if (const char* sign = sign_of(p.what)) return "(" + operand(p.a) + sign + operand(p.b) + ")";
    switch (p.what) {
      case word::tap:
        return "w";
      case word::number:
        return p.value < 0 ? "(" + source_of(p.value) + ")" : source_of(p.value);
      case word::eps:
        return "esp::eps";
      case word::parameter:
        return named_numbers[static_cast<std::size_t>(p.value)].source;
      case word::table:
        return std::string("esp::at<") + table_list()[static_cast<std::size_t>(p.value)].source + ">";
      case word::negate:
        return "(-" + operand(p.a) + ")";
      case word::negation:
        return "!(" + operand(p.a) + ")";
      case word::inside:
        return std::string("esp::inside(") + region_table()[static_cast<std::size_t>(p.region)].source + ")";
      default:
        break;
    }
    std::string call = std::string(name_of(p.what)) + "(" + operand(p.a);
    for (int i2 : {p.b, p.c}) {
      if (i2 >= 0) call += ", " + operand(i2);
    }
    if (p.region != everywhere) call += std::string(", ") + region_table()[static_cast<std::size_t>(p.region)].source;
    if (p.groups != everywhere) call += std::string(", ") + partition_list()[static_cast<std::size_t>(p.groups)].source;
    return call + ")";
  }

  const body& body_;
  std::vector<int> uses_;
};

std::string joined(const std::vector<step>& steps);

std::string source_of_step(const step& s) {
  if (!s.name.empty()) return s.name;
  switch (s.what) {
    case form::formula:
      return formula_source(s.formula).lambda();
    case form::on:
      return std::string("esp::on<") + region_table()[static_cast<std::size_t>(s.region)].source + ">(" +
             joined(s.inner) + ")";
    case form::per_filter:
      return "esp::per_filter(" + joined(s.inner) + ")";
    case form::grouped:
      return std::string("esp::grouped<") + partition_list()[static_cast<std::size_t>(s.region)].source + ">(" +
             joined(s.inner) + ")";
    case form::per_input:
      return "esp::per_input(" + joined(s.inner) + ")";
    default:
      return "esp::whole_weight(" + joined(s.inner) + ")";
  }
}

/// `>>` needs a policy on one side, so two lambdas in a row start from the policy that changes nothing.
std::string joined(const std::vector<step>& steps) {
  std::string result;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (i == 0 && steps.size() > 1 && steps[0].what == form::formula && steps[0].name.empty()) {
      result = "esp::identity >> ";
    }
    result += (i == 0 ? "" : " >> ") + source_of_step(steps[i]);
  }
  return result;
}

int size_of(const std::vector<step>& steps) {
  int size = 0;
  for (const step& s : steps) size += static_cast<int>(s.formula.phrases.size()) + size_of(s.inner);
  return size;
}

}  // namespace

const std::vector<named_region>& region_table() {
  static const std::vector<named_region> table{
      named("esp::center_tap", esp::center_tap),
      named("esp::neighbors", esp::neighbors),
      named("esp::tap<0, 0, 0>", esp::tap<0, 0, 0>),
      named("esp::tap<0, 0, 1>", esp::tap<0, 0, 1>),
      named("drawn::regions::first_w", regions::first_w),
      named("drawn::regions::later_w", regions::later_w),
      named("drawn::regions::plane_h", regions::plane_h),
      named("drawn::regions::plane_d", regions::plane_d),
      named("drawn::regions::odd", regions::odd),
      named("drawn::regions::last", regions::last),
      named("drawn::regions::all", regions::all),
      named("esp::raster_taps<'A'>", esp::raster_taps<'A'>),
      named("esp::raster_taps<'B'>", esp::raster_taps<'B'>),
      named("esp::detail::held::outer_planes_t{}", esp::detail::held::outer_planes_t{}),
      named("esp::causal_taps<esp::axis::width>", esp::causal_taps<esp::axis::width>),
  };
  return table;
}

const std::vector<named_partition>& partition_list() {
  const auto named = []<class P>(const char* source, P) {
    return named_partition{source, esp::detail::describe_partition<P>()};
  };
  static const std::vector<named_partition> list{
      named("esp::planes<esp::axis::depth>", esp::planes<esp::axis::depth>),
      named("esp::planes<esp::axis::width>", esp::planes<esp::axis::width>),
      named("esp::mirror<esp::axis::width>", esp::mirror<esp::axis::width>),
      named("esp::point_reflection", esp::point_reflection),
      named("esp::mirror<esp::axis::depth>", esp::mirror<esp::axis::depth>),
      named("esp::mirror<esp::axis::depth, esp::axis::height, esp::axis::width>",
            esp::mirror<esp::axis::depth, esp::axis::height, esp::axis::width>),
      named("esp::cube_group", esp::cube_group),
      named("esp::lines<esp::axis::depth>", esp::lines<esp::axis::depth>),
      named("esp::lines<esp::axis::width>", esp::lines<esp::axis::width>),
      named("esp::shells", esp::shells),
      named("esp::single_taps", esp::single_taps),
      named("esp::groups<drawn::regions::parity>", esp::groups<regions::parity>),
  };
  return list;
}

const std::vector<named_table>& table_list() {
  const auto named = []<auto F>(const char* source, esp::at_t<F>) {
    return named_table{source, esp::detail::describe_table<esp::at_t<F>>()};
  };
  static const std::vector<named_table> list{
      named("drawn::tables::lever", esp::at<tables::lever>),
      named("drawn::tables::gate", esp::at<tables::gate>),
      named("drawn::tables::tenths", esp::at<tables::tenths>),
      named("drawn::tables::slope", esp::at<tables::slope>),
      named("drawn::tables::square", esp::at<tables::square>),
      named("drawn::tables::along_w", esp::at<tables::along_w>),
      named("drawn::tables::along_w2", esp::at<tables::along_w2>),
      named("drawn::tables::difference", esp::at<tables::difference>),
      named("drawn::tables::curvature", esp::at<tables::curvature>),
      named("drawn::tables::star", esp::at<tables::star>),
      named("drawn::tables::steep", esp::at<tables::steep>),
  };
  return list;
}

bool usable(const named_partition& partition, esp::extents k) {
  return !partition.info.needs_cube || (k.d == k.h && k.h == k.w);
}

bool usable(const named_region& region, esp::extents kernel) {
  if (region.info.needs_center && (kernel.d % 2 == 0 || kernel.h % 2 == 0 || kernel.w % 2 == 0)) return false;
  for (esp::index_t t = 0; t < kernel.volume(); ++t) {
    if (region.info.contains(esp::detail::tap_at(t, kernel), kernel)) return true;
  }
  return false;
}

std::string source_of(double value) {
  const int mode = std::fegetround();
  std::fesetround(FE_TONEAREST);  // as the compiler that reads it
  char text[40];
  const bool whole = value == std::floor(value) && std::fabs(value) < 1e6;
  std::snprintf(text, sizeof text, "%.0f", value);
  for (int digits = 1; !whole && digits <= 17; ++digits) {
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    if (std::strtod(text, nullptr) == value) break;
  }
  std::fesetround(mode);
  std::string result(text);
  return whole || result.find_first_of(".e") != std::string::npos ? result : result + ".0";
}

std::string source_of(const policy& p) { return joined(p.steps); }

int size_of(const policy& p) { return size_of(p.steps); }

int number_called(std::string_view name) {
  int i = 0;
  while (named_numbers[i].name != name) ++i;
  return i;
}

}  // namespace drawn
