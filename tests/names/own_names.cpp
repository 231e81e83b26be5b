// SPDX-License-Identifier: BSD-3-Clause
// A program that says `using namespace esp;` and has names of its own, of all kinds, which the library uses inside:
// none is ambiguous, and what it passes to its own functions brings none of the library's along. No internals.hpp.
#include <array>
#include <cstdio>
#include <espalier/espalier.hpp>
#include <espalier/io/checkpoint.hpp>
#include <espalier/io/npy.hpp>

using namespace esp;

// Types.
struct plan {
  int steps = 1;
};
struct tile {
  plan rest{};
};
struct graph {
  tile node{};
};
struct binary {};
struct comparison {};
struct pipeline {};
struct batch {};
struct formula {};
struct archive {};
enum class scope { inner, outer };
enum class operation { none };
template <class T>
struct interval {
  T low, high;
};
template <class T>
using sweep = interval<T>;
template <class T>
concept Epilogue = requires(T t) { t.low; };

// Variables. None has the name of a parameter or a member of the library, of which g++ 12 would say that it shadows
// them.
constexpr int lanes = 3, alignment = 5, vector_registers = 7, has_fma = 11, typical_shape = 13, few_rows = 17;

// Functions of formulas, found although their arguments are the library's.
template <class X, class Y>
constexpr auto combine(X x, Y y) {
  return x + y;
}
template <class X, class Y>
constexpr auto interleave(X x, Y y) {
  return select(x < y, x, y);
}
constexpr auto part(auto w) { return w / 2; }
constexpr auto rest(auto w, double whole) { return whole - w; }
constexpr auto compare(auto x, auto y) { return x < y; }
constexpr auto lower(auto w) { return w - 3; }
constexpr auto larger(auto x, auto y) { return max(x, y); }
constexpr auto arithmetic(auto x, auto y) { return x * y; }
constexpr auto as_expression(auto w) { return -w; }
constexpr auto product(auto x, auto y) { return x * y; }

struct soft_t : policy<soft_t> {
  static constexpr auto map(auto w) {
    const auto all = combine(part(w), rest(part(w), 1.0));
    const auto some = interleave(larger(w, 0), lower(all));
    return select(compare(w, 0), as_expression(some), product(arithmetic(some, 2), 0.5));
  }
};
constexpr soft_t soft{};
static_assert(evaluate<soft, 1>(std::array{1.0})[0] == -2.0 && evaluate<soft, 1>(std::array{-1.0})[0] == 2.0);

// Policies and layers.
template <class A, class B>
constexpr auto compose(A a, B b) {
  return a >> b;
}
constexpr auto prior = compose(modes::zero_mean, normalize<l2>);
static_assert(establishes<prior, zero_sum>);

constexpr conv3d small{.in_channels = 1, .out_channels = 1, .kernel_size = 1, .bias = false};
using layer = constrained_conv3d<small>;

template <class Layer, class X>
auto call(const Layer& conv, const X& x) {
  return conv(x);
}
template <class Layer>
bool is_contiguous(const Layer& conv) {
  return conv.weight().size() == 1;
}
template <class Layer>
void initialize(Layer& conv) {
  conv.weight().fill(2.0F);
}
template <class X>
double sum_of(const X& x) {
  double all = 0;
  for (const auto v : x) all += static_cast<double>(v);
  return all;
}
template <class T>
T elements(const T& t) {
  return t;
}
int run(const plan& p) { return p.steps; }

int main() {
  layer conv;
  initialize(conv);
  const tensor<float, 5> x(std::array<std::size_t, 5>{1, 1, 2, 2, 2}, 1.0F);
  const auto y = call(conv, elements(x));
  const graph mine{};
  const interval<int> bounded{lanes, alignment};
  static_assert(Epilogue<sweep<double>>);
  const bool right = is_contiguous(conv) && sum_of(y) == 16.0 && run(mine.node.rest) == 1 &&
                     bounded.low < bounded.high && vector_registers + has_fma + typical_shape + few_rows == 48 &&
                     scope::inner != scope::outer && operation::none == operation{} &&
                     sizeof(pipeline) + sizeof(batch) + sizeof(formula) == 3 &&
                     sizeof(archive) + sizeof(binary) + sizeof(comparison) == 3;
  std::puts(right ? "own names" : "names of the library");
  return right ? 0 : 1;
}
