// SPDX-License-Identifier: BSD-3-Clause
#include "drawn/named_policies.hpp"

#include <string_view>
#include <type_traits>
#include <utility>
#include "drawn/policies.hpp"

#include "drawn/tables.hpp"

namespace drawn {

using esp::detail::scope;

namespace {

template <auto P>
int own_lowering(esp::detail::graph& g, const esp::detail::binding& b) {
  return esp::detail::lower<std::remove_const_t<decltype(P)>>(g, b);
}

/// One formula, phrase by phrase.
class writer {
 public:
  int add(const phrase& p) {
    body_.phrases.push_back(p);
    return static_cast<int>(body_.phrases.size()) - 1;
  }
  int number(double v) { return add({.what = word::number, .value = v}); }
  int of(word what, int a, int b = -1, int c = -1) { return add({.what = what, .a = a, .b = b, .c = c}); }
  int over(word what, int a, int region) { return add({.what = what, .a = a, .region = region}); }
  int sum(int a) { return of(word::sum, a); }
  int times(int a, int b) { return of(word::multiply, a, b); }
  int minus(int a, int b) { return of(word::subtract, a, b); }
  int over_eps(int x) { return of(word::add, x, add({.what = word::eps})); }
  int table(std::string_view source) {
    int i = 0;
    while (table_list()[static_cast<std::size_t>(i)].source != source) ++i;
    return add({.what = word::table, .value = static_cast<double>(i)});
  }
  int inside(int region) { return add({.what = word::inside, .region = region}); }

  body take(int result) {
    body_.result = result;
    return std::exchange(body_, {});
  }

 private:
  body body_;
};

int partition_called(std::string_view source) {
  int i = 0;
  while (partition_list()[static_cast<std::size_t>(i)].source != source) ++i;
  return i;
}
int region_called(std::string_view source) {
  int i = 0;
  while (region_table()[static_cast<std::size_t>(i)].source != source) ++i;
  return i;
}

/// What is drawn for one kernel.
class policy_writer : writer {
 public:
  explicit policy_writer(esp::extents kernel) : kernel_(kernel) {}

  std::vector<step> all() {
    add_projections();
    add_masks();
    add_scopes();
    add_equations();
    add_stencils();
    add_symmetries();
    return std::move(list_);
  }

 private:
  template <auto P>
  void enter(const char* name, int result, form what = form::formula) {
    step s{.name = name, .formula = take(result), .inner = {}, .lower = &own_lowering<P>};
    if (what != form::formula) {
      step outer;
      outer.what = what;
      outer.name = name;
      outer.lower = s.lower;
      outer.inner.push_back(std::move(s));
      s = std::move(outer);
    }
    list_.push_back(std::move(s));
  }
  bool has(const char* region) const {
    return usable(region_table()[static_cast<std::size_t>(region_called(region))], kernel_);
  }
  int size(double v) { return v > 0 ? number(v) : add({.what = word::parameter}); }

  template <auto P>
  void add_ball(const char* name, double c) {
    const int w = add({}), total = size(c), sizes = of(word::abs, w), left = of(word::excess, sizes, total);
    const int fits = of(word::less_equal, of(word::threshold, sizes, total), number(0));
    const int signed_left = of(word::select, of(word::less, w, number(0)), of(word::negate, left), left);
    enter<P>(name, of(word::select, fits, w, signed_left));
  }
  /// A block of zeros becomes `zeros`, where that is not negative.
  template <auto P>
  void add_sphere(const char* name, double r, esp::zero_block zeros) {
    const int w = add({}), radius = size(r), norm = of(word::l2, w);
    const int scaled = times(w, of(word::divide, radius, norm));
    if (zeros == esp::zero_block::not_a_number) return enter<P>(name, scaled);
    const int taps = of(word::sqrt, sum(number(1)));
    const int instead = zeros == esp::zero_block::keep ? w : of(word::divide, radius, taps);
    enter<P>(name, of(word::select, of(word::less_equal, norm, number(0)), instead, scaled));
  }
  void add_projections() {
    enter<esp::simplex<1>>("esp::simplex<1>", of(word::excess, add({}), number(1)));
    enter<esp::simplex<0.3>>("esp::simplex<0.3>", of(word::excess, add({}), number(0.3)));
    enter<esp::simplex<esp::param<"a">>>("esp::simplex<esp::param<\"a\">>", of(word::excess, add({}), size(0)));
    add_ball<esp::l1_ball<1>>("esp::l1_ball<1>", 1);
    add_ball<esp::l1_ball<0.7>>("esp::l1_ball<0.7>", 0.7);
    add_ball<esp::l1_ball<esp::param<"a">>>("esp::l1_ball<esp::param<\"a\">>", 0);
    const int w = add({});
    enter<esp::l2_ball<0.7>>("esp::l2_ball<0.7>",
                             times(w, of(word::min, number(1), of(word::divide, number(0.7), of(word::l2, w)))));
    add_sphere<esp::sphere<1>>("esp::sphere<1>", 1, esp::zero_block::uniform);
    add_sphere<esp::sphere<0.3, esp::zero_block::keep>>("esp::sphere<0.3, esp::zero_block::keep>", 0.3,
                                                        esp::zero_block::keep);
    add_sphere<esp::sphere<2, esp::zero_block::not_a_number>>("esp::sphere<2, esp::zero_block::not_a_number>", 2,
                                                              esp::zero_block::not_a_number);
    const int x = add({}), share = of(word::divide, number(0.5), sum(number(1)));
    enter<esp::shift<0.5>>("esp::shift<0.5>", of(word::add, minus(x, of(word::mean, x)), share));
  }
  template <auto P>
  void add_mask(const char* name, const char* region) {
    if (!has(region)) return;
    const int w = add({});
    enter<P>(name, of(word::select, inside(region_called(region)), w, number(0)));
  }
  void add_masks() {
    add_mask<esp::masked<'A'>>("esp::masked<'A'>", "esp::raster_taps<'A'>");
    add_mask<esp::masked<'B'>>("esp::masked<'B'>", "esp::raster_taps<'B'>");
    add_mask<esp::causal<esp::axis::width>>("esp::causal<esp::axis::width>", "esp::causal_taps<esp::axis::width>");
    constexpr const char* outer = "esp::detail::held::outer_planes_t{}";
    if (!has("esp::center_tap") || !has(outer)) return;
    const int w = add({}), planes = over(word::sum, w, region_called(outer));
    enter<esp::central_difference<0.6>>(
        "esp::central_difference<0.6>",
        of(word::select, inside(region_called("esp::center_tap")), minus(w, times(number(0.6), planes)), w));
  }
  template <auto P>
  void add_cap(const char* name, double most) {
    const int w = add({}), sizes = of(word::abs, w);
    int share = number(most);
    for (const scope part : {scope::filter, scope::input}) {
      const int sums = add({.what = word::sum, .a = sizes, .reach = part});
      const int root = of(word::sqrt, add({.what = word::largest, .a = sums, .reach = scope::whole}));
      share = of(word::divide, share, over_eps(root));
    }
    enter<P>(name, times(w, of(word::min, number(1), share)));
  }
  void add_scopes() {
    add_cap<esp::cap_lipschitz<1>>("esp::cap_lipschitz<1>", 1);
    add_cap<esp::cap_lipschitz<0.3>>("esp::cap_lipschitz<0.3>", 0.3);
    const int w = add({}), centred = minus(w, of(word::mean, w));
    const int others = minus(sum(number(1)), number(1));
    const int deviation = of(word::sqrt, of(word::divide, of(word::sum_of_squares, centred), others));
    enter<esp::standardize>("esp::standardize", of(word::divide, centred, of(word::add, deviation, number(1e-5))),
                            form::per_filter);
    const int x = add({}), norm = of(word::sqrt, over_eps(of(word::sum_of_squares, x)));
    const int gain = add({.what = word::parameter, .value = static_cast<double>(number_called("gain"))});
    enter<esp::weight_norm>("esp::weight_norm", times(gain, of(word::divide, x, norm)), form::per_filter);
  }
  /// The nearest block with sum(t w) = v.
  template <auto P>
  void add_equation(const char* name, const char* source, double v) {
    const int w = add({}), t = table(source), wrong = minus(sum(times(w, t)), number(v));
    enter<P>(name, minus(w, times(t, of(word::divide, wrong, sum(times(t, t))))));
  }
  /// The nearest block with sum(t w) = v and sum(u w) = s.
  template <auto P>
  void add_equations(const char* name, int t, double v, int u, double s) {
    const int w = add({});
    const int tt = sum(times(t, t)), tu = sum(times(t, u)), uu = sum(times(u, u));
    const int first = minus(sum(times(w, t)), number(v)), second = minus(sum(times(w, u)), number(s));
    const int determinant = minus(times(tt, uu), times(tu, tu));
    const int along_t = of(word::divide, minus(times(uu, first), times(tu, second)), determinant);
    const int along_u = of(word::divide, minus(times(tt, second), times(tu, first)), determinant);
    enter<P>(name, minus(minus(w, times(t, along_t)), times(u, along_u)));
  }
  /// On tables whose products are short binary fractions: the solved numbers are those of the equations then.
  void add_equations() {
    add_equation<esp::affine<esp::equation<tables::square, 1>>>("esp::affine<esp::equation<drawn::tables::square, 1>>",
                                                                "drawn::tables::square", 1);
    add_equation<esp::hyperplane<tables::slope, 0.5>>("esp::hyperplane<drawn::tables::slope, 0.5>",
                                                      "drawn::tables::slope", 0.5);
    const int w = add({}), row = table("drawn::tables::slope");
    const int over = of(word::max, minus(sum(times(w, row)), number(0.3)), number(0));
    enter<esp::half_space<tables::slope, 0.3>>("esp::half_space<drawn::tables::slope, 0.3>",
                                               minus(w, times(row, of(word::divide, over, sum(times(row, row))))));
    if (kernel_.w % 2 == 0 || kernel_.w == 1) return;
    add_equation<esp::moments<esp::moment_is<0, 0, 2, 2>>>("esp::moments<esp::moment_is<0, 0, 2, 2>>",
                                                           "drawn::tables::along_w2", 2);
    int t = table("drawn::tables::lever"), u = table("drawn::tables::gate");
    add_equations<esp::affine<esp::equation<tables::lever, 0>, esp::equation<tables::gate, 2>>>(
        "esp::affine<esp::equation<drawn::tables::lever, 0>, esp::equation<drawn::tables::gate, 2>>", t, 0, u, 2);
    t = number(1), u = table("drawn::tables::along_w");
    add_equations<esp::moments<esp::zero_sum, esp::moment_is<0, 0, 1, 1>>>(
        "esp::moments<esp::zero_sum, esp::moment_is<0, 0, 1, 1>>", t, 0, u, 1);
  }
  void add_stencils() {
    enter<esp::box>("esp::box", of(word::divide, number(1), sum(number(1))));
    if (kernel_.w % 2 == 0 || kernel_.w == 1) return;
    if (kernel_.d % 2 == 0 || kernel_.h % 2 == 0) return;
    enter<esp::derivative<esp::partial{.w = 1}>>("esp::derivative<esp::partial{.w = 1}>",
                                                 of(word::divide, table("drawn::tables::difference"), number(2)));
    enter<esp::derivative<esp::partial{.w = 2}>>("esp::derivative<esp::partial{.w = 2}>",
                                                 table("drawn::tables::curvature"));
    enter<esp::laplacian<2>>("esp::laplacian<2>", table("drawn::tables::star"));
  }

  /// The mean of each orbit, or what is left of the taps without it.
  template <auto P>
  void add_symmetry(const char* name, const char* orbits, bool is_mean = true) {
    const int w = add({}), mean = of(word::mean, w);
    enter<P>(name, is_mean ? mean : minus(w, mean), form::grouped);
    list_.back().region = partition_called(orbits);
  }
  void add_symmetries() {
    using esp::axis;
    add_symmetry<esp::symmetric<esp::mirror<axis::width>>>("esp::symmetric<esp::mirror<esp::axis::width>>",
                                                           "esp::mirror<esp::axis::width>");
    add_symmetry<esp::symmetric<esp::point_reflection>>("esp::symmetric<esp::point_reflection>",
                                                        "esp::point_reflection");
    add_symmetry<esp::antisymmetric<axis::width>>("esp::antisymmetric<esp::axis::width>",
                                                  "esp::mirror<esp::axis::width>", false);
    add_symmetry<esp::antisymmetric<axis::depth>>("esp::antisymmetric<esp::axis::depth>",
                                                  "esp::mirror<esp::axis::depth>", false);
    if (kernel_.d != kernel_.h || kernel_.h != kernel_.w) return;
    add_symmetry<esp::symmetric<esp::cube_group>>("esp::symmetric<esp::cube_group>", "esp::cube_group");
  }

  esp::extents kernel_;
  std::vector<step> list_;
};

}  // namespace

std::vector<step> named_policies(esp::extents kernel) { return policy_writer(kernel).all(); }

}  // namespace drawn
