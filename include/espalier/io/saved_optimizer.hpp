// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What a checkpoint holds of an optimiser.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/error.hpp>
#include <espalier/formula_hash.hpp>
#include <espalier/io/archive.hpp>
#include <espalier/io/archive_writer.hpp>
#include <espalier/io/checkpoint_text.hpp>
#include <espalier/io/layer_identity.hpp>
#include <espalier/io/saved_layer.hpp>
#include <espalier/io/sentence.hpp>
#include <espalier/optim/optimizer.hpp>  // IWYU pragma: keep
#include <espalier/shape.hpp>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace esp::inline ESPALIER_ABI {

/// What a file can hold of an optimiser: its rule's name, and each layer with its state.
template <class O>
concept IsSavableOptimizer = requires(const O& optimiser) {
  std::remove_cvref_t<decltype(optimiser.rule())>::state_names.size();
  optimiser.each_layer([](const auto&, const auto&) {});
};

namespace detail {

template <IsSavableOptimizer Optimizer>
using rule_of = std::remove_cvref_t<decltype(std::declval<const Optimizer&>().rule())>;

template <IsSavableOptimizer Optimizer>
void require_savable(const Optimizer& optimiser) {
  optimiser.each_layer([](const auto& trained, const auto&) { trained.require_shapes(); });
}
template <IsSavableOptimizer Optimizer>
[[nodiscard]] std::size_t layers_of(const Optimizer& optimiser) {
  std::size_t count = 0;
  optimiser.each_layer([&](const auto&, const auto&) { ++count; });
  return count;
}
/// `optimizer.0.weight.first_moment.npy`
[[nodiscard]] inline std::string buffer_name(const std::string& prefix, std::size_t layer, const std::string& of,
                                             std::string_view state) {
  return prefix + "optimizer." + std::to_string(layer) + "." + of + "." + std::string(state) + ".npy";
}

/// Calls `body(name, shape, begin)` for each learned name of a layer's prior: `learned.gain`, the shape of its numbers,
/// and where they begin in a buffer. @pre there is one
template <class Layer, class Body>
void each_learned_array(const Layer& layer, const Body& body) {
  each_number_array(layer, [&](int i, const std::string& name, const auto& shape) {
    const auto& named = layer.named_parameters();
    if (named.info(i).is_learned) {
      body(name, shape, static_cast<std::size_t>(named.offset_of(i) - named.learned_begin()));
    }
  });
}

template <class File, IsSavableOptimizer Optimizer>
void write_members(archive_writer<File>& to, const std::string& prefix, const Optimizer& optimiser) {
  using Rule = rule_of<Optimizer>;
  std::string text = "espalier optimizer, format " + std::to_string(checkpoint_format) + "\n" +
                     std::string(Rule::name) + "\nlayers = " + std::to_string(layers_of(optimiser)) + "\n";
  optimiser.each_layer([&](const auto& trained, const auto& state) {
    using Layer = std::remove_cvref_t<decltype(trained)>;
    constexpr hash128 identity = layer_identity<Layer>();
    text += std::string(Layer::description()) + "\n" + identity_line(identity) +
            "\nsteps = " + std::to_string(state.steps) +
            ", buffers = " + std::to_string(state.fresh ? 0 : Rule::state_names.size()) + "\n";
  });
  if (static_cast<index_t>(text.size()) > checkpoint_text_limit) {
    throw error("ESP-163", "an optimiser of " + std::to_string(layers_of(optimiser)) +
                               " layers has a longer description than can be saved; use several optimisers");
  }
  to.add(prefix + "optimizer.txt", text, {});
  std::size_t number = 0;
  optimiser.each_layer([&](const auto& trained, const auto& state) {
    using Layer = std::remove_cvref_t<decltype(trained)>;
    using T = typename Layer::element;
    for (std::size_t i = 0; i < Rule::state_names.size() && !state.fresh; ++i) {
      if (has_weight(trained)) {
        write_array<File>(to, buffer_name(prefix, number, "weight", Rule::state_names[i]), trained.weight(),
                          std::span<const T>(state.weight[i]));
      }
      if constexpr (Layer::config.bias) {
        write_array<File>(to, buffer_name(prefix, number, "bias", Rule::state_names[i]), trained.bias(),
                          std::span<const T>(state.bias[i]));
      }
      if constexpr (learned_count_of<Layer> > 0) {
        each_learned_array(trained, [&](const std::string& name, const auto& shape, std::size_t begin) {
          write_array<File>(to, buffer_name(prefix, number, name, Rule::state_names[i]), shape,
                            std::span<const T>(state.learned[i]).subspan(begin, shape.size()));
        });
      }
    }
    ++number;
  });
}

/// The lines before the layers. Throws ESP-161 for another rule or number of layers.
template <IsSavableOptimizer Optimizer>
void require_rule(text_lines& lines, const Optimizer& optimiser) {
  const std::string_view rule = lines.next("the name of a rule"), count = lines.next("`layers = N`");
  std::string_view rest = count;
  std::size_t layers = 0;
  if (!take(rest, "layers = ") || !take_number(rest, layers) || !rest.empty()) lines.refuse_line(count, "`layers = N`");
  if (rule == rule_of<Optimizer>::name && layers == layers_of(optimiser)) return;
  refuse_file("ESP-161", lines.path(),
              "was saved from the rule " + quoted(rule) + " with " + std::to_string(layers) +
                  " layers, but this optimiser has " + std::string(rule_of<Optimizer>::name) + " with " +
                  std::to_string(layers_of(optimiser)) + "; load it into an optimiser of the same type");
}

/// `steps = 3, buffers = 2`; false for what is no line of this kind or a number out of its range.
template <class State>
[[nodiscard]] bool take_steps(std::string_view line, std::size_t most, State& state) {
  std::size_t buffers = 0;
  const bool read = take(line, "steps = ") && take_number(line, state.steps) && take(line, ", buffers = ") &&
                    take_number(line, buffers) && line.empty();
  state.fresh = buffers == 0;
  return read && state.steps >= 0 && state.steps <= checkpoint_step_limit && (buffers == 0 || buffers == most);
}

/// Reads everything of the optimiser and returns what changes it, which cannot fail. `compares`: whether the layers
/// must be those of the file, or only their shapes.
template <IsSavableOptimizer Optimizer>
[[nodiscard]] std::function<void()> read_members(archive& from, const std::string& prefix, Optimizer& optimiser,
                                                 bool compares) {
  using Rule = rule_of<Optimizer>;
  text_lines lines(from, prefix + "optimizer.txt", "optimizer");
  require_rule(lines, optimiser);
  std::vector<std::function<void()>> changes;
  std::size_t number = 0;
  optimiser.each_layer([&](const auto& trained, auto& state) {
    using Layer = std::remove_cvref_t<decltype(trained)>;
    std::string_view description = Layer::description();
    if (compares) {
      lines.template require_layer<Layer>("load_state");
    } else {
      description = lines.skip_layer();
    }
    const auto loaded = std::make_shared<std::remove_cvref_t<decltype(state)>>();
    const std::string_view line = lines.next("`steps = S, buffers = B`");
    if (!take_steps(line, Rule::state_names.size(), *loaded)) {
      lines.refuse_line(line, "`steps = S, buffers = B` with numbers of this rule");
    }
    for (std::size_t i = 0; i < Rule::state_names.size() && !loaded->fresh; ++i) {
      const std::string weight = buffer_name(prefix, number, "weight", Rule::state_names[i]);
      if (!compares) {
        require_weight_of(trained, from.find(weight) != nullptr, from.path(), [&] { return description; });
      }
      if (has_weight(trained)) loaded->weight[i] = read_array(from, weight, trained.weight());
      if constexpr (Layer::config.bias) {
        loaded->bias[i] = read_array(from, buffer_name(prefix, number, "bias", Rule::state_names[i]), trained.bias());
      }
      if constexpr (learned_count_of<Layer> > 0) {
        each_learned_array(trained, [&](const std::string& name, const auto& shape, std::size_t) {
          const auto part = read_array(from, buffer_name(prefix, number, name, Rule::state_names[i]), shape);
          loaded->learned[i].insert(loaded->learned[i].end(), part.begin(), part.end());
        });
      }
    }
    changes.emplace_back([&state, loaded] { state = std::move(*loaded); });
    ++number;
  });
  lines.require_end();
  return [changes = std::move(changes)] {
    for (const auto& change : changes) change();
  };
}

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
