// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The optimiser: one rule, applied to the parameters of some layers.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <espalier/aligned_buffer.hpp>
#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/error.hpp>
#include <espalier/optim/options.hpp>
#include <espalier/shape.hpp>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace esp::inline ESPALIER_ABI {

/// What an optimiser asks of a rule: `sgd`, `adam`, `adamw`, or one of a program.
template <class R>
concept IsOptimizerRule = requires(const R& rule, float* w, const float* g, const optimizer_state<float>& state) {
  rule.require_valid();
  { rule.states() } -> std::convertible_to<int>;
  rule.update(w, g, state, index_t{});
  R::name;
  requires std::tuple_size_v<std::remove_cvref_t<decltype(R::state_names)>>
  <= 2;
};

/// What an optimiser asks of a layer: a weight, a gradient of it, and a projection.
template <class L>
concept IsTrainableLayer = !std::is_const_v<L> && requires(L & layer) {
  typename L::element;
  layer.weight().data();
  layer.weight_gradient().data();
  layer.zero_gradients();
  layer.require_shapes();
  layer.require_gradients();
  layer.require_projectable();
  layer.project();
};

/// Argument of `step`: layers that enforce after a step keep the weight as the step left it.
struct leave_unprojected_t {};
inline constexpr leave_unprojected_t leave_unprojected{};

/// State of one layer in an optimiser, in the layer's element type.
template <class T>
struct layer_state {
  index_t steps = 0;                       ///< steps done
  bool fresh = true;                       ///< no step wrote a buffer yet
  std::array<std::vector<T>, 2> weight{};  ///< the rule's buffers, empty before the first step
  std::array<std::vector<T>, 2> bias{};    ///< the same for the bias
};

/// `optimizer optimiser(sgd{.learning_rate = 0.01, .momentum = 0.9}, conv1, conv2);`: each `step()` updates the weights
/// and biases of the layers from their gradients.
///
/// The layers are not owned: they must outlive the optimiser and stay where they are. A layer whose gradient was never
/// used is left alone. Layers with `enforcement::post_step` are projected at the end of each step, so that their prior
/// holds whenever a program looks. Throws ESP-140 to ESP-143 for options out of range, ESP-144 for a layer that is
/// given twice. Rejected when: ESP-046 the first argument is no rule, ESP-047 another is no layer that can change.
/// Example: examples/max_l2_post_step.cpp
template <class Rule, class... Layers>
class optimizer {
  static_assert(
      IsOptimizerRule<Rule>,
      "ESP-046: the first argument of an optimizer is no rule; pass esp::sgd, esp::adam or esp::adamw with its "
      "options");
  static_assert((IsTrainableLayer<Layers> && ...),
                "ESP-047: an argument of an optimizer is no layer that can be trained; pass layers that are not const");

 public:
  explicit optimizer(Rule rule, Layers&... layers) : rule_(rule), slots_(slot<Layers>(layers)...) {
    rule_.require_valid();
    const std::array<const void*, sizeof...(Layers)> addresses{static_cast<const void*>(&layers)...};
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (addresses[i] == addresses[j]) {
          throw error("ESP-144", "the layers " + std::to_string(j) + " and " + std::to_string(i) +
                                     " of the optimiser are the same; pass each layer once");
        }
      }
    }
  }

  /// One update of every layer from its gradients, which stay. Throws ESP-109, ESP-110; every layer is then unchanged.
  /// Allocates at the first step only.
  void step() {
    prepare(true);
    each([&](auto& s) {
      if (!s.layer->has_gradients()) return;
      update(s);
      if constexpr (std::remove_reference_t<decltype(s)>::projects) s.layer->project(s.scratch.span());
    });
  }

  /// The same without the projection; `layer.project()` does it when the program wants it.
  void step(leave_unprojected_t) {
    prepare(false);
    each([&](auto& s) {
      if (s.layer->has_gradients()) update(s);
    });
  }

  /// Sets the gradients of every layer to zero.
  void zero_gradients() {
    each([](auto& s) { s.layer->zero_gradients(); });
  }

  /// The rule with its options; `set_rule` gives new ones, for example another learning rate, and keeps the state.
  /// Throws as the constructor; the rule is then unchanged.
  [[nodiscard]] const Rule& rule() const { return rule_; }
  void set_rule(const Rule& rule) {
    rule.require_valid();
    rule_ = rule;
  }

  /// Calls `body(layer, state)` for each layer in order: for programs that save or inspect the state.
  template <class Body>
  void each_layer(const Body& body) {
    each([&](auto& s) { body(*s.layer, s.state); });
  }
  template <class Body>
  void each_layer(const Body& body) const {
    std::apply([&](const auto&... s) { (body(std::as_const(*s.layer), s.state), ...); }, slots_);
  }

 private:
  template <class Layer>
  struct slot {
    using element = typename Layer::element;
    static constexpr bool has_bias = Layer::config.bias;
    static constexpr bool projects = Layer::config.enforce == enforcement::post_step;

    explicit slot(Layer& l) : layer(&l), scratch(projects ? Layer::project_scratch_size() : 0) {}

    Layer* layer;
    layer_state<element> state{};
    aligned_buffer<element> scratch;
  };

  template <class Body>
  void each(const Body& body) {
    std::apply([&](auto&... s) { (body(s), ...); }, slots_);
  }

  /// Everything that can fail, before anything is changed.
  void prepare(bool project) {
    each([&](auto& s) {
      if (!s.layer->has_gradients()) return;
      s.layer->require_shapes();
      s.layer->require_gradients();
      if (std::remove_reference_t<decltype(s)>::projects && project) s.layer->require_projectable();
      for (std::size_t i = 0; i < static_cast<std::size_t>(rule_.states()); ++i) {
        s.state.weight[i].resize(s.layer->weight().size());
        if constexpr (std::remove_reference_t<decltype(s)>::has_bias) s.state.bias[i].resize(s.layer->bias().size());
      }
    });
  }

  template <class Slot>
  void update(Slot& s) {
    using T = typename Slot::element;
    ++s.state.steps;
    const auto apply = [&](auto& parameter, const auto& gradient, std::array<std::vector<T>, 2>& buffers) {
      const optimizer_state<T> state{{buffers[0].data(), buffers[1].data()}, s.state.steps, s.state.fresh};
      rule_.update(parameter.data(), gradient.data(), state, static_cast<index_t>(parameter.size()));
    };
    apply(s.layer->weight(), s.layer->weight_gradient(), s.state.weight);
    if constexpr (Slot::has_bias) apply(s.layer->bias(), s.layer->bias_gradient(), s.state.bias);
    if (rule_.states() > 0) s.state.fresh = false;
  }

  Rule rule_;
  std::tuple<slot<Layers>...> slots_;
};

template <class Rule, class... Layers>
optimizer(Rule, Layers&...) -> optimizer<Rule, Layers...>;

}  // namespace esp::inline ESPALIER_ABI
