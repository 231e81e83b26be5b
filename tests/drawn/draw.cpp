// SPDX-License-Identifier: BSD-3-Clause
#include "drawn/draw.hpp"

#include "drawn/draw_formula.hpp"
#include "drawn/named_policies.hpp"
#include "drawn/random.hpp"

namespace drawn {

namespace {

esp::weight_shape draw_shape(random_source& random) {
  esp::weight_shape shape;
  shape.kernel = random.one_of<esp::extents>({{1, 1, 2},
                                              {1, 1, 2},
                                              {1, 1, 3},
                                              {1, 1, 3},
                                              {1, 2, 2},
                                              {2, 1, 2},
                                              {1, 1, 4},
                                              {1, 3, 3},
                                              {3, 1, 2},
                                              {3, 1, 1},
                                              {1, 1, 1}});
  if (random.chance(4)) shape.kernel = random.one_of<esp::extents>({{3, 3, 3}, {5, 1, 1}, {1, 1, 17}});
  shape.out = random.one_of({1, 1, 2, 2, 3});
  shape.in = random.one_of({1, 2, 2, 3, 4});
  return shape;
}

class policy_drawer {
 public:
  policy_drawer(random_source& random, const esp::weight_shape& shape)
      : random_(random), shape_(shape), known_(named_policies(shape.kernel)) {}

  std::vector<step> steps(int most, int depth) {
    std::vector<step> list;
    const int count = 1 + random_.below(most);
    for (int i = 0; i < count; ++i) list.push_back(one_step(count, depth));
    return list;
  }

 private:
  step one_step(int count, int depth) {
    formula_drawer drawer(random_, shape_.kernel);
    const int kind = depth > 0 ? random_.below(100) : random_.below(72);
    if (kind < 14) return drawer.named();
    if (kind < 30) return known_[static_cast<std::size_t>(random_.below(static_cast<int>(known_.size())))];
    if (kind < 72)
      return {.what = form::formula, .name = {}, .formula = drawer.formula(count > 2 ? 1 : 2), .inner = {}};
    if (kind < 77) {
      step grouped;
      grouped.what = form::grouped;
      grouped.region = drawer.partition();
      if (random_.chance(40)) {
        grouped.inner = steps(2, depth - 1);
        return grouped;
      }
      grouped.inner.push_back(random_.chance(30)
                                  ? drawer.named()
                                  : step{.what = form::formula, .formula = drawer.formula(count > 2 ? 1 : 2)});
      return grouped;
    }
    step s;
    s.what = kind < 84 ? form::on : kind < 90 ? form::per_filter : kind < 96 ? form::per_input : form::whole_weight;
    if (s.what == form::on) s.region = drawer.region();
    s.inner = steps(2, depth - 1);
    return s;
  }

  random_source& random_;
  esp::weight_shape shape_;
  std::vector<step> known_;
};

}  // namespace

policy draw_policy(std::uint64_t seed, std::uint64_t number) {
  random_source random(seed, number);
  policy p;
  p.shape = draw_shape(random);
  p.steps = policy_drawer(random, p.shape).steps(3, 2);
  return p;
}

}  // namespace drawn
