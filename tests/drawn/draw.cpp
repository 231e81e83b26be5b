// SPDX-License-Identifier: BSD-3-Clause
#include "drawn/draw.hpp"

#include "drawn/draw_formula.hpp"
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
  policy_drawer(random_source& random, const esp::weight_shape& shape) : random_(random), shape_(shape) {}

  std::vector<step> steps(int most, int depth) {
    std::vector<step> list;
    const int count = 1 + random_.below(most);
    for (int i = 0; i < count; ++i) list.push_back(one_step(count, depth));
    return list;
  }

 private:
  step one_step(int count, int depth) {
    formula_drawer drawer(random_, shape_.kernel);
    const int kind = depth > 0 ? random_.below(112) : random_.below(76);
    if (kind < 26) return drawer.named();
    if (kind < 76)
      return {.what = form::formula, .name = {}, .formula = drawer.formula(count > 2 ? 1 : 2), .inner = {}};
    step s;
    s.what = kind < 88    ? form::on
             : kind < 95  ? form::per_filter
             : kind < 100 ? form::whole_weight
             : kind < 105 ? form::per_input
                          : form::grouped;
    if (s.what == form::grouped) s.region = random_.below(static_cast<int>(partition_table().size()));
    if (s.what == form::on) s.region = drawer.region();
    s.inner = steps(2, depth - 1);
    return s;
  }

  random_source& random_;
  esp::weight_shape shape_;
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
