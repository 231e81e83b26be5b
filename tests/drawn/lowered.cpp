// SPDX-License-Identifier: BSD-3-Clause
#include "drawn/lowered.hpp"

#include <espalier/algebra.hpp>
#include <espalier/lower.hpp>
#include <espalier/tap_classes.hpp>
#include <espalier/threshold.hpp>
#include <memory>

namespace drawn {

using esp::detail::operation, esp::detail::scope, esp::detail::region_set;

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// dsl/espalier/lower.hpp walks types; this walks a drawn tree and makes the same calls in the same order.
class tree_lowering {
 public:
  explicit tree_lowering(esp::detail::graph& g) : g_(g) {}

  int steps(const std::vector<step>& list, esp::detail::binding b) {
    for (const step& s : list) b.weight = one_step(s, b);
    return b.weight;
  }

 private:
  region_set bit(int region) { return g_.bit_of(region_table()[at(region)].info); }

  int one_step(const step& s, esp::detail::binding b) {
    if (s.lower != nullptr) return s.lower(g_, b);
    if (s.what == form::formula) {
      made_.assign(s.formula.phrases.size(), -1);
      return append(s.formula, s.formula.result, b);
    }
    if (s.what == form::grouped) {
      b.groups = g_.partition_of(partition_list()[at(s.region)].info);
      return steps(s.inner, b);
    }
    if (s.what != form::on) {
      b.reach = s.what == form::per_filter ? scope::filter : s.what == form::per_input ? scope::input : scope::whole;
      return steps(s.inner, b);
    }
    esp::detail::binding inner = b;
    const region_set set = bit(s.region);
    inner.active |= set;
    const int changed = steps(s.inner, inner);
    return g_.select(g_.inside(set), changed, b.weight);
  }

  int append(const body& f, int i, const esp::detail::binding& b) {
    int& known = made_[at(i)];
    if (known < 0) known = appended(f, f.phrases[at(i)], b);
    return made_[at(i)];
  }

  int appended(const body& f, const phrase& p, const esp::detail::binding& b) {
    const int x = p.a < 0 ? -1 : append(f, p.a, b);
    const int y = p.b < 0 ? -1 : append(f, p.b, b);
    const int z = p.c < 0 ? -1 : append(f, p.c, b);
    switch (p.what) {
      case word::tap:
        return b.weight;
      case word::number:
        return g_.constant(p.value);
      case word::eps:
        return g_.epsilon(b.eps);
      case word::parameter:
        return named(named_numbers[static_cast<std::size_t>(p.value)]);
      case word::table:
        return g_.table(table_list()[static_cast<std::size_t>(p.value)].info);
      case word::add:
        return g_.add(x, y);
      case word::subtract:
        return g_.subtract(x, y);
      case word::multiply:
        return g_.multiply(x, y);
      case word::divide:
        return g_.divide(x, y);
      case word::negate:
        return g_.negate(x);
      case word::sqrt:
        return g_.root(x);
      case word::abs:
        return g_.magnitude(x);
      case word::square:
        return g_.multiply(x, x);
      case word::exp:
        return g_.function(operation::exp, x);
      case word::log:
        return g_.function(operation::log, x);
      case word::tanh:
        return g_.function(operation::tanh, x);
      case word::sigmoid:
        return g_.function(operation::sigmoid, x);
      case word::softplus:
        return g_.function(operation::softplus, x);
      case word::min:
        return g_.minimum(x, y);
      case word::max:
        return g_.maximum(x, y);
      case word::select:
        return g_.select(x, y, z);
      case word::less:
        return g_.compare(operation::less, x, y);
      case word::less_equal:
        return g_.compare(operation::less_equal, x, y);
      case word::greater:
        return g_.compare(operation::less, y, x);
      case word::greater_equal:
        return g_.compare(operation::less_equal, y, x);
      case word::negation:
        return g_.negation(x);
      case word::conjunction:
        return g_.compare(operation::conjunction, x, y);
      case word::disjunction:
        return g_.compare(operation::disjunction, x, y);
      case word::inside:
        return g_.inside(bit(p.region));
      case word::threshold:
      case word::excess:
        return above(p, x, y, b);
      default:
        return reduced(p, x, b);
    }
  }
  int above(const phrase& p, int x, int total, const esp::detail::binding& b) {
    const region_set set = p.region == everywhere ? b.active : b.active | bit(p.region);
    return esp::detail::append_threshold(g_, x, total, set, b, p.what == word::excess);
  }

  int named(const named_number& n) { return g_.parameter(n.name, {.part = n.part, .is_learned = n.is_learned}); }
  /// In a block, or in the groups of a partition.
  int over_part(operation op, int x, region_set set, const esp::detail::binding& b) {
    if (b.groups > 0) return esp::detail::append_grouped(g_, op, x, set, b.groups, b.reach);
    if (op != operation::mean) return g_.reduce(op, x, set, b.reach);
    const int sum = g_.reduce(operation::sum, x, set, b.reach);
    return g_.divide(sum, g_.population_of(set, b.reach));
  }
  int reduced(const phrase& p, int x, esp::detail::binding b) {
    if (p.groups != everywhere) b.groups = g_.partition_of(partition_list()[at(p.groups)].info);
    const auto over = [&] { return p.region == everywhere ? b.active : b.active | bit(p.region); };
    switch (p.what) {
      case word::smallest:
        return over_part(operation::smallest, x, over(), b);
      case word::largest:
        return over_part(operation::largest, x, over(), b);
      case word::l1: {
        const int size = g_.magnitude(x);
        return over_part(operation::sum, size, over(), b);
      }
      case word::sum_of_squares:
      case word::l2: {
        const int square = g_.multiply(x, x);
        const int sum = over_part(operation::sum, square, over(), b);
        return p.what == word::l2 ? g_.root(sum) : sum;
      }
      case word::mean:
        return over_part(operation::mean, x, over(), b);
      default:
        return over_part(operation::sum, x, over(), b);
    }
  }

  esp::detail::graph& g_;
  std::vector<int> made_;
};

}  // namespace

esp::detail::graph lowered(const policy& p) {
  esp::detail::graph g;
  g.shape = p.shape;
  const int weight = g.tap();
  g.output = tree_lowering(g).steps(p.steps, {.weight = weight});
  return g;
}

bool refused(const policy& p) {
  const esp::detail::graph g = lowered(p);
  if (g.too_long || g.widens_threshold || g.has_two_of_a_name) return true;
  return std::make_unique<esp::detail::algebra>(g)->divides_by_zero();
}

bool refused_in_parts(const policy& p) {
  for (const esp::extents kernel : {esp::detail::typical_shape.kernel, esp::extents{5, 7, 9}}) {
    policy part{.shape = esp::detail::typical_shape, .steps = {}};
    part.shape.kernel = kernel;
    for (const step& s : p.steps) {
      part.steps.push_back(s);
      if (refused(part)) return true;
    }
  }
  for (const step& s : p.steps) {
    if (!s.inner.empty() && refused_in_parts({.shape = p.shape, .steps = s.inner})) return true;
  }
  return false;
}

}  // namespace drawn
