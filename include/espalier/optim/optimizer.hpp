// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The optimiser: one rule, applied to the parameters of some layers.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <espalier/aligned_buffer.hpp>
#include <espalier/config.hpp>
#include <espalier/enforcement.hpp>
#include <espalier/error.hpp>
#include <espalier/optim/layer_state.hpp>
#include <espalier/optim/options.hpp>
#include <espalier/optim/unread_taps.hpp>
#include <espalier/shape.hpp>
#include <espalier/tracked.hpp>
#include <memory>
#include <string_view>
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
  requires std::tuple_size_v<std::remove_cvref_t<decltype(R::state_names)>> <= 2;
};

/// What an optimiser asks of a layer: a weight, a gradient of it, and a projection.
template <class L>
concept IsTrainableLayer = !std::is_const_v<L> && requires(L& layer) {
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

/// What a collection of layers, for example a `std::vector`, holds: a layer, or what leads to one (`std::unique_ptr`).
template <class C>
concept IsLayerCollection = requires(C& collection) {
  collection.end();
  requires IsTrainableLayer<std::remove_reference_t<decltype(*collection.begin())>> ||
               IsTrainableLayer<std::remove_reference_t<decltype(**collection.begin())>>;
};

namespace detail {

/// A layer, its state and where it is.
template <class Layer>
struct optimizer_slot {
  using element = typename Layer::element;
  static constexpr bool has_bias = Layer::config.bias;
  static constexpr index_t learned_count = learned_count_of<Layer>;
  static constexpr bool projects = Layer::config.enforce == enforcement::post_step;
  static constexpr bool is_tracked = std::is_base_of_v<held::tracked, Layer>;

  explicit optimizer_slot(Layer& l) : scratch(projects ? Layer::project_scratch_size() : 0) {
    if constexpr (is_tracked) {
      place = l.watch();
    } else {
      place = &l;
    }
  }

  /// Null once the layer was destroyed.
  [[nodiscard]] Layer* find() const {
    if constexpr (is_tracked) {
      return static_cast<Layer*>(*place);
    } else {
      return place;
    }
  }

  std::conditional_t<is_tracked, std::shared_ptr<held::tracked* const>, Layer*> place{};
  std::conditional_t<(learned_count_of<Layer> > 0), learning_layer_state<element>, layer_state<element>> state{};
  aligned_buffer<element> scratch;
  [[no_unique_address]] unread_tap_keeper<Layer> unread{};
};

/// The slots of one argument of an optimiser: one for a layer,
template <class Argument>
struct slot_list {
  std::array<optimizer_slot<Argument>, 1> entries;
  explicit slot_list(Argument& single) : entries{optimizer_slot<Argument>(single)} {}
};
/// one for each layer that a collection holds at the time.
template <IsLayerCollection Argument>
struct slot_list<Argument> {
  static constexpr auto& layer_of(auto& entry) {
    if constexpr (IsTrainableLayer<std::remove_reference_t<decltype(entry)>>) {
      return entry;
    } else {
      return *entry;
    }
  }
  std::vector<optimizer_slot<std::remove_reference_t<decltype(layer_of(*std::declval<Argument&>().begin()))>>> entries;
  explicit slot_list(Argument& layers) {
    for (auto& entry : layers) entries.emplace_back(layer_of(entry));
  }
};

}  // namespace detail

/// `optimizer optimiser(sgd{.learning_rate = 0.01, .momentum = 0.9}, conv1, conv2);`: each `step()` updates the weights
/// and biases of the layers from their gradients. An argument may be a collection of layers, `std::vector<layer>`,
/// whose number only run time knows; layers that it is given later are not the optimiser's.
///
/// Taps that a layer's prior does not read, as masked ones, are left alone: no momentum and no decay moves them.
///
/// The layers are not owned. A layer that moves, as when its vector grows, is followed; one that was destroyed is
/// refused at the next call (ESP-117). A layer whose gradient was never used is left alone. Layers with
/// `enforcement::post_step` are projected at the end of each step, so that their prior holds whenever a program looks.
/// Throws ESP-140 to ESP-143 for options out of range, also of a layer's element type, ESP-144 for a layer that is
/// given twice. Rejected when: ESP-046 the first argument is no rule, ESP-047 another is no layer that can change.
/// Example: examples/max_l2_post_step.cpp
template <class Rule, class... Layers>
class optimizer {
  static_assert(
      IsOptimizerRule<Rule>,
      "ESP-046: the first argument of an optimizer is no rule; pass esp::sgd, esp::adam or esp::adamw with its "
      "options");
  static_assert(((IsTrainableLayer<Layers> || IsLayerCollection<Layers>) && ...),
                "ESP-047: an argument of an optimizer is no layer that can be trained; pass layers that are not const");

 public:
  explicit optimizer(Rule rule, Layers&... layers) : rule_(rule), slots_(detail::slot_list<Layers>(layers)...) {
    require_valid(rule_);
    std::vector<const void*> addresses;
    each([&](const auto& s) {
      const void* const address = s.find();
      for (std::size_t j = 0; j < addresses.size(); ++j) {
        if (addresses[j] == address) {
          throw error("ESP-144", {"the layers ", j, " and ", addresses.size(),
                                  " of the optimiser are the same; pass each layer once"});
        }
      }
      addresses.push_back(address);
    });
  }

  /// One update of every layer from its gradients, which stay. Throws ESP-109, ESP-110, ESP-117, and as a layer's `set`
  /// for a parameter of its prior; every layer is then unchanged. Allocates at the first step only.
  void step() {
    prepare(true);
    each([&](auto& s) {
      if (!s.find()->has_gradients()) return;
      update(s);
      if constexpr (std::remove_reference_t<decltype(s)>::projects) s.find()->project(s.scratch.span());
    });
  }

  /// The same without the projection; `layer.project()` does it when the program wants it.
  void step(leave_unprojected_t) {
    prepare(false);
    each([&](auto& s) {
      if (s.find()->has_gradients()) update(s);
    });
  }

  /// Sets the gradients of every layer to zero. Throws ESP-117. A step after it still moves a layer by its momentum,
  /// its moments and its decay.
  void zero_gradients() {
    require_layers();
    each([](auto& s) { s.find()->zero_gradients(); });
  }

  /// The rule with its options; `set_rule` gives new ones, for example another learning rate, and keeps the state.
  /// Throws as the constructor; the rule is then unchanged.
  [[nodiscard]] const Rule& rule() const { return rule_; }
  void set_rule(const Rule& rule) {
    require_valid(rule);
    rule_ = rule;
  }

  /// Layers, those of collections one by one.
  [[nodiscard]] std::size_t layer_count() const {
    return std::apply([](const auto&... list) { return (std::size_t{0} + ... + list.entries.size()); }, slots_);
  }

  /// Calls `body(layer, state)` for each layer in order: for programs that save or inspect the state. Throws ESP-117.
  template <class Body>
  void each_layer(const Body& body) {
    require_layers();
    each([&](auto& s) { body(*s.find(), s.state); });
  }
  template <class Body>
  void each_layer(const Body& body) const {
    require_layers();
    each_of(slots_, [&](const auto& s) { body(std::as_const(*s.find()), s.state); });
  }

 private:
  template <class Lists, class Body>
  static void each_of(Lists& lists, const Body& body) {
    const auto walk = [&](auto& list) {
      for (auto& s : list.entries) body(s);
    };
    std::apply([&](auto&... list) { (walk(list), ...); }, lists);
  }
  template <class Body>
  void each(const Body& body) {
    each_of(slots_, body);
  }

  /// A rule of a program need not know of element types.
  void require_valid(const Rule& rule) {
    rule.require_valid();
    each([&](const auto& s) {
      using T = typename std::remove_cvref_t<decltype(s)>::element;
      if constexpr (requires { rule.template require_valid_in<T>(); }) rule.template require_valid_in<T>();
    });
  }

  void require_layers() const {
    std::size_t number = 0;
    each_of(slots_, [&](const auto& s) {
      if (s.find() == nullptr) {
        throw error("ESP-117", {"the layer ", number,
                                " of the optimiser was destroyed; keep the layers as long as their optimiser, or "
                                "make a new one"});
      }
      ++number;
    });
  }

  /// Everything that can fail, before anything is changed.
  void prepare(bool project) {
    require_layers();
    each([&](auto& s) {
      auto& trained = *s.find();
      if (!trained.has_gradients()) return;
      trained.require_shapes();
      trained.require_gradients();
      if (std::remove_reference_t<decltype(s)>::projects && project) trained.require_projectable();
      for (std::size_t i = 0; i < static_cast<std::size_t>(rule_.states()); ++i) {
        s.state.weight[i].resize(trained.weight().size());
        using slot = std::remove_reference_t<decltype(s)>;
        if constexpr (slot::has_bias) s.state.bias[i].resize(trained.bias().size());
        if constexpr (slot::learned_count > 0) s.state.learned[i].resize(static_cast<std::size_t>(slot::learned_count));
      }
    });
  }

  template <class Slot>
  void update(Slot& s) {
    using T = typename Slot::element;
    auto& trained = *s.find();
    ++s.state.steps;
    const auto apply = [&](auto& parameter, const auto& gradient, const std::array<T*, 2>& buffers, bool bias) {
      if (parameter.size() == 0) return;  // A weight that is not stored.
      const optimizer_state<T> state{buffers, s.state.steps, s.state.fresh, bias};
      rule_.update(parameter.data(), gradient.data(), state, static_cast<index_t>(parameter.size()));
    };
    const auto begin_of = [](std::array<std::vector<T>, 2>& b) { return std::array{b[0].data(), b[1].data()}; };
    s.unread.keep(trained);
    apply(trained.weight(), trained.weight_gradient(), begin_of(s.state.weight), false);
    s.unread.put_back(trained, s.state.weight);
    if constexpr (Slot::has_bias) apply(trained.bias(), trained.bias_gradient(), begin_of(s.state.bias), true);
    if constexpr (Slot::learned_count > 0) {
      std::array<T*, 2> buffers = begin_of(s.state.learned);
      trained.each_learned([&](std::string_view, auto numbers, auto gradients) {
        apply(numbers, gradients, buffers, true);
        for (T*& b : buffers) b = b == nullptr ? b : b + numbers.size();
      });
    }
    if (rule_.states() > 0) s.state.fresh = false;
  }

  Rule rule_;
  std::tuple<detail::slot_list<Layers>...> slots_;
};

template <class Rule, class... Layers>
optimizer(Rule, Layers&...) -> optimizer<Rule, Layers...>;

}  // namespace esp::inline ESPALIER_ABI
