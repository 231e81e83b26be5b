// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <cstring>
#include <espalier/dsl.hpp>
#include <espalier/formula_hash.hpp>
#include <espalier/gradient.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/whole_weight.hpp>
#include <espalier/policies/with_gradient.hpp>
#include <espalier/prior/sweep.hpp>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/sweep.hpp"
#include "support/wide_reference.hpp"

// Every policy at the edges of the range: where weight and result are in range, the result is right, whatever became
// infinite, zero or subnormal on the way.

namespace {

using esp::index_t;
using support::bounded;

/// A full tile of float, one that is not full, and filters of several blocks.
constexpr esp::weight_shape shape{.out = 5, .in = 4, .kernel = 3};
constexpr std::size_t taps = 27;

template <class T>
constexpr T largest = std::numeric_limits<T>::max();
template <class T>
constexpr T smallest = std::numeric_limits<T>::denorm_min();

/// A number of the size 2^exponent with a few bits: what is drawn is exact in both types.
template <class T>
T sized(std::size_t i, int exponent) {
  const auto digits = static_cast<int>(i * 7 % 23) - 9;
  return std::ldexp(static_cast<T>(digits) / T(16), exponent);
}

/// Weights whose blocks are of sizes from one end of the range to the other, by turns zero, and in one block of both.
template <class T>
std::vector<T> extreme_weight(int turn) {
  constexpr int high = std::numeric_limits<T>::max_exponent, low = std::numeric_limits<T>::min_exponent;
  constexpr int digits = std::numeric_limits<T>::digits;
  const int sizes[] = {high - 1, high / 2 + 1, 0,        high - 5, low / 2 - 2, low + 4, low - digits + 5,
                       1,        low / 3,      high / 3, low - 3};
  std::vector<T> weight(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < weight.size(); ++i) {
    const std::size_t block = i / taps;
    weight[i] = sized<T>(i + static_cast<std::size_t>(turn), sizes[(block + static_cast<std::size_t>(turn)) % 11]);
    if (block % 7 == 5) weight[i] = 0;
    if (block % 7 == 6) weight[i] = sized<T>(i, sizes[(i + block) % 11] / 2);
  }
  return weight;
}

struct judged {
  long wrong = 0;
  long right = 0;
  std::size_t where = 0;
  double got = 0, wanted = 0;
};

template <class T>
void judge(judged& j, const std::vector<bounded>& wanted, const T* got) {
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const bounded& w = wanted[i];
    const long double unit = std::numeric_limits<T>::epsilon();
    if (w.unsure || !(std::fabs(w.value) < static_cast<long double>(largest<T>) * 0.99L)) continue;
    // An error as large as the number says nothing of the number.
    if (w.error * unit > 0.01L * std::fabs(w.value) && w.value != 0 && w.error * unit > smallest<T>) continue;
    const long double allowed = 4 * w.error * unit + 4 * static_cast<long double>(smallest<T>);
    if (std::fabs(static_cast<long double>(got[i]) - w.value) <= allowed) {
      ++j.right;
    } else if (j.wrong++ == 0) {
      j.where = i;
      j.got = static_cast<double>(got[i]);
      j.wanted = static_cast<double>(w.value);
    }
  }
}

template <class F, class T>
judged run(const std::vector<T>& weight, const std::vector<T>& incoming) {
  const std::vector<T> named{T(0.75)};
  const support::wide_reference reference(F::value, weight.data(), incoming.data(), named);
  std::vector<T> out(weight.size());
  static esp::aligned_buffer<T> scratch(esp::sweep<F, T>::scratch_size);
  esp::sweep<F, T>::run(weight.data(), out.data(), named.data(), scratch.data(), incoming.data());
  judged j;
  judge(j, reference.result(), out.data());
  // In place, over the weight or over the incoming gradient, the bits are the same.
  std::vector<T> over = F::value.is_gradient ? incoming : weight;
  const T* const from = F::value.is_gradient ? weight.data() : over.data();
  esp::sweep<F, T>::run(from, over.data(), named.data(), scratch.data(), over.data());
  if (std::memcmp(over.data(), out.data(), out.size() * sizeof(T)) != 0) ++j.wrong;
  return j;
}

template <class P, class T, int Eps>
void holds_of(const char* name) {
  constexpr double eps = Eps == 0 ? 0 : 1e-12;
  using forward = esp::formula<P, shape, eps>;
  using gradient = esp::gradient_formula<P, shape, eps>;
  long compared = 0;
  for (int turn = 0; turn < 11; ++turn) {
    const std::vector<T> weight = extreme_weight<T>(turn);
    std::vector<T> incoming(weight.size());
    for (std::size_t i = 0; i < incoming.size(); ++i) incoming[i] = sized<T>(3 * i + 1, turn % 3 == 2 ? -30 : 0);
    for (const judged& j : {run<forward, T>(weight, incoming), run<gradient, T>(weight, incoming)}) {
      INFO(name << ", turn " << turn << ", eps " << eps << ", tap " << j.where << ": " << j.got << ", not "
                << j.wanted);
      REQUIRE(j.wrong == 0);
      compared += j.right;
    }
  }
  REQUIRE(compared > 1000);
}
/// Without the layer's eps and, where the formula reads it, with.
template <class T, class P>
void holds(const char* name, P) {
  using policy = esp::to_policy_t<P>;
  if constexpr (support::has_wide_reference) {
    holds_of<policy, T, 0>(name);
    if constexpr (esp::formula_hash(esp::formula<policy, shape, 0.0>::value) !=
                  esp::formula_hash(esp::formula<policy, shape, 1e-12>::value)) {
      holds_of<policy, T, 1>(name);
    }
  }
}

constexpr auto whiten = [](auto w) {
  auto c = w - esp::mean(w);
  return c / esp::sqrt(esp::mean(c * c) + esp::eps);
};
constexpr auto even = esp::mask<[](esp::tap_index t) { return (t.d + t.h + t.w) % 2 == 0; }>;

}  // namespace

TEMPLATE_TEST_CASE("modes are right at the edges of the range", "[range]", float, double) {
  using T = TestType;
  namespace m = esp::modes;
  holds<T>("nonneg", m::nonneg);
  holds<T>("sum_to_one", m::sum_to_one);
  holds<T>("zero_mean", m::zero_mean);
  holds<T>("nonneg_sum1", m::nonneg_sum1);
  holds<T>("unit_l2", m::unit_l2);
  holds<T>("max_l2", m::max_l2<0.8>);
  holds<T>("fixed_center", m::fixed_center<>);
}

TEMPLATE_TEST_CASE("policies and wider scopes are right at the edges of the range", "[range]", float, double) {
  using T = TestType;
  holds<T>("normalize l1", esp::normalize<esp::l1, 2>);
  holds<T>("cap l1", esp::cap<esp::l1, esp::param<"c">>);
  holds<T>("on", esp::on<even>(esp::normalize<esp::l2>) >> esp::clamp<-1, 0.5>);
  holds<T>("tangent", esp::with_gradient<esp::gradient_rule::tangent>(esp::normalize<esp::l2>));
  holds<T>("filter", esp::per_filter(esp::normalize<esp::l2>));
  holds<T>("whole", esp::whole_weight(esp::cap<esp::l2, 1>));
  holds<T>("input", esp::per_filter(esp::subtract<esp::mean>) >> esp::per_input(esp::normalize<esp::l2>));
  holds<T>("lines", esp::grouped<esp::lines<esp::axis::width>>(esp::normalize<esp::l2>));
  holds<T>("groups of filters", esp::per_filter(esp::grouped<esp::planes<esp::axis::depth>>(esp::normalize<esp::l1>)));
  holds<T>("both", esp::whole_weight(esp::subtract<esp::mean>) >> esp::per_filter(esp::normalize<esp::l1>));
}

TEMPLATE_TEST_CASE("projections are right at the edges of the range", "[range]", float, double) {
  using T = TestType;
  holds<T>("simplex", esp::simplex<1>);
  holds<T>("l1 ball", esp::l1_ball<esp::param<"c">>);
  holds<T>("l2 ball", esp::l2_ball<1>);
  holds<T>("sphere", esp::sphere<1>);
  holds<T>("of squares", [](auto w) { return esp::excess(w * w, 1); });
}

TEMPLATE_TEST_CASE("softmaxes are right at the edges of the range", "[range]", float, double) {
  using T = TestType;
  holds<T>("softmax", [](auto w) {
    auto e = esp::exp(w - esp::max(w));
    return e / esp::sum(e);
  });
  // Its exponentials are infinite and zero, its sums too.
  holds<T>("plain softmax", [](auto w) { return esp::exp(1000 * w) / esp::sum(esp::exp(1000 * w)); });
  holds<T>("log of a softmax", [](auto w) { return w - esp::log(esp::sum(esp::exp(w))); });
  holds<T>("norms of logarithms", [](auto w) { return w * esp::log(1 + esp::sum_of_squares(w)); });
}

TEMPLATE_TEST_CASE("lambdas are right at the edges of the range", "[range]", float, double) {
  using T = TestType;
  holds<T>("whiten", whiten);
  holds<T>("shrink", [](auto w) { return w / (1 + esp::l2(w)); });
  holds<T>("range", [](auto w) { return (w - esp::min(w)) / (esp::max(w) - esp::min(w) + esp::eps); });
  holds<T>("ratio", [](auto w) { return w * esp::l2(w) / (esp::l1(w) + esp::eps); });
  holds<T>("soft", [](auto w) { return w / esp::sqrt(1 + w * w); });
  holds<T>("cube", [](auto w) { return w * w * w / (w * w + 1); });
  holds<T>("softplus", [](auto w) { return esp::softplus(w); });
  holds<T>("tanh of a square", [](auto w) { return esp::tanh(w * w) - w; });
  holds<T>("gate", [](auto w) { return w * esp::sigmoid(w); });
  holds<T>("bell", [](auto w) { return esp::exp(-w * w); });
  holds<T>("log", [](auto w) { return esp::log(1 + w * w); });
  holds<T>("root", [](auto w) { return esp::select(w > 0, esp::sqrt(w), 0); });
}
