// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <limits>
#include <random>
#include <span>

#include "conv/drawn_structures.hpp"
#include "support/catch.hpp"
#include "support/reference.hpp"

namespace drawn {

namespace {

template <class T>
std::span<T> span_of(fenced<T>& of) {
  return {of.data(), static_cast<std::size_t>(of.size())};
}

template <class T>
fenced<T> constrained_weight(const structured_layer<T>& fast, const fenced<T>& weight) {
  fenced<T> out(weight.size()), scratch(fast.constrain_scratch);
  fast.constrain(weight.data(), out.data(), span_of(scratch));
  return out;
}

/// Every block of the weight holds what the table says.
template <class T>
void require_table(const structured_layer<T>& fast, const fenced<T>& weight) {
  const index_t taps = fast.config.kernel_size.volume();
  index_t wrong = 0;
  for (index_t i = 0; i < weight.size(); ++i) {
    const known_tap& known = fast.table[i % taps];
    const double value = static_cast<double>(weight.data()[i]);
    if (known.kind == tap_kind::zero) wrong += value == 0 ? 0 : 1;
    if (known.kind == tap_kind::constant) wrong += value == known.value ? 0 : 1;
    if (known.kind == tap_kind::tied) {
      const double first = static_cast<double>(weight.data()[i / taps * taps + known.first]);
      wrong += value == (known.negated ? -first : first) ? 0 : 1;
    }
  }
  REQUIRE(wrong == 0);
}

template <class T>
fenced<T> forward(const structured_layer<T>& fast, const gradient_problem<T>& p, const fenced<T>& bias, index_t team) {
  fenced<T> y(p.shape.output.size()), scratch(fast.forward_scratch(p.shape.input, team));
  fast.forward(p.x.data(), p.shape.input, p.weight.data(), bias.data(), y.data(), span_of(scratch), team);
  REQUIRE((y.intact() && scratch.intact() && p.x.intact() && p.weight.intact()));
  return y;
}

/// The gradients of `backward`, which are added to zeros.
template <class T>
struct gradients {
  fenced<T> x, weight, bias;

  gradients(const structured_layer<T>& fast, const gradient_problem<T>& p, index_t team)
      : x(p.shape.input.size()), weight(p.weight.size()), bias(p.shape.output.c) {
    for (fenced<T>* zeros : {&weight, &bias}) std::fill_n(zeros->data(), zeros->size(), T(0));
    fenced<T> scratch(fast.backward_scratch(p.shape.input, team));
    fast.backward(p.x.data(), p.shape.input, p.weight.data(), p.grad_y.data(), x.data(), weight.data(), bias.data(),
                  span_of(scratch), team);
    REQUIRE((x.intact() && weight.intact() && bias.intact() && scratch.intact() && p.grad_y.intact()));
  }
};

/// For each result, whether it reads element `at` of the operand through a tap that `uses` takes.
template <class T, class Uses>
fenced<T> readers(const gradient_problem<T>& p, bool of_input, index_t at, const Uses& uses) {
  const index_t taps = p.shape.config.kernel_size.volume();
  const esp::dims5 &from = of_input ? p.shape.input : p.shape.output, &to = of_input ? p.shape.output : p.shape.input;
  fenced<T> one(from.size()), weight(p.weight.size()), result(to.size());
  std::fill_n(one.data(), one.size(), T(0));
  one.data()[at] = 1;
  for (index_t i = 0; i < weight.size(); ++i) weight.data()[i] = uses(i % taps) ? T(1) : T(0);
  if (of_input) {
    reference::forward(p.shape, one.data(), weight.data(), nullptr, result.data());
  } else {
    reference::backward_data(p.shape, one.data(), weight.data(), result.data());
  }
  return result;
}

/// `found` was computed of an operand with `bad` at `at`, `before` without.
template <class T>
void require_spread(const structured_layer<T>& fast, const gradient_problem<T>& p, bool of_input, index_t at,
                    const fenced<T>& before, const fenced<T>& found) {
  if ((of_input ? fast.forward_spread : fast.input_spread) == spread::tiles) return;
  const auto is_kept = [&](index_t t) { return fast.table[t].kind != tap_kind::zero; };
  const auto kept = readers(p, of_input, at, is_kept);
  const auto any = readers(p, of_input, at, [](index_t) { return true; });
  const bool spares = (of_input ? fast.forward_spread : fast.input_spread) == spread::taps_that_are_not_zero;
  index_t wrong = 0;
  for (index_t i = 0; i < found.size(); ++i) {
    const bool same = found.data()[i] == before.data()[i];
    // A weight that happens to be 0 makes a NaN of an infinity; one that is not keeps it: not finite either way.
    if (kept.data()[i] != 0) wrong += std::isfinite(found.data()[i]) ? 1 : 0;
    if (kept.data()[i] == 0 && (spares || any.data()[i] == 0)) wrong += same ? 0 : 1;
  }
  INFO((of_input ? "a voxel of the input" : "a voxel of the output's gradient") << " that is not finite");
  REQUIRE(wrong == 0);
}

}  // namespace

template <class T>
void check_structured(const structured_layer<T>& fast, gradient_problem<T>& p, index_t team) {
  for (index_t i = 0; i < p.weight.size(); ++i) p.weight.data()[i] *= static_cast<T>(fast.unit);
  const auto weight = constrained_weight(fast, p.weight);
  require_table(fast, weight);
  fenced<T> bias(p.shape.output.c), expected_y(p.shape.output.size()), expected_x(p.shape.input.size()),
      expected_w(weight.size()), expected_b(bias.size());
  for (index_t i = 0; i < bias.size(); ++i) bias.data()[i] = static_cast<T>(i % 7 - 3);
  reference::forward(p.shape, p.x.data(), weight.data(), bias.data(), expected_y.data());
  reference::backward_data(p.shape, p.grad_y.data(), weight.data(), expected_x.data());
  reference::backward_weights(p.shape, p.x.data(), p.grad_y.data(), expected_w.data(), expected_b.data());
  fenced<T> scratch(fast.gradient_scratch);
  fast.through_prior(p.weight.data(), expected_w.data(), scratch.data());

  require_equal(forward(fast, p, bias, team), expected_y);
  const gradients<T> found(fast, p, team);
  require_equal(found.x, expected_x);
  require_equal(found.weight, expected_w);
  require_equal(found.bias, expected_b);
}

template <class T>
void check_spread(const structured_layer<T>& fast, gradient_problem<T>& p, index_t team, std::mt19937& engine) {
  if (p.x.size() == 0 || p.grad_y.size() == 0) return;
  fenced<T> bias(p.shape.output.c);
  std::fill_n(bias.data(), bias.size(), T(1));
  const T bad = engine() % 2 == 0 ? std::numeric_limits<T>::quiet_NaN() : -std::numeric_limits<T>::infinity();

  const auto y = forward(fast, p, bias, team);
  const index_t at = static_cast<index_t>(engine()) % p.x.size();
  const T good = p.x.data()[at];
  p.x.data()[at] = bad;
  require_spread(fast, p, true, at, y, forward(fast, p, bias, team));
  p.x.data()[at] = good;

  const gradients<T> before(fast, p, team);
  const index_t above = static_cast<index_t>(engine()) % p.grad_y.size();
  p.grad_y.data()[above] = bad;
  require_spread(fast, p, false, above, before.x, gradients<T>(fast, p, team).x);
}

template <class T>
index_t structured_problems(const structured_layer<T>& fast, unsigned seed, index_t count) {
  std::mt19937 engine(seed + 1);
  index_t number = 0;
  return draw_problems<T>(fast.config, seed, count, [&](gradient_problem<T>& p, index_t team) {
    check_structured(fast, p, team + 1);
    if (number++ % 3 == 1) check_spread(fast, p, team + 1, engine);
  });
}

template index_t structured_problems(const structured_layer<float>&, unsigned, index_t);
template index_t structured_problems(const structured_layer<double>&, unsigned, index_t);

}  // namespace drawn
