// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Saves and loads layers and optimisers: a folder of .npy files and of text that says what they belong to.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/error.hpp>
#include <espalier/io/folder.hpp>
#include <espalier/io/npy.hpp>
#include <espalier/optim/optimizer.hpp>
#include <espalier/optim/options.hpp>
#include <espalier/shape.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace esp::inline ESPALIER_ABI {

/// What a file can hold of a layer: its text, its tensors and its named parameters.
template <class L>
concept IsSavableLayer = requires(const L& layer) {
  { L::description() } -> std::convertible_to<std::string_view>;
  layer.weight().data();
  layer.named_parameters();
  layer.require_shapes();
};

namespace detail {

template <class Tensor>
void save_tensor(file_set& files, const std::string& name, const Tensor& tensor) {
  using T = typename Tensor::value_type;
  const std::vector<index_t> shape(tensor.shape().begin(), tensor.shape().end());
  write_npy<T>(files.add(name), shape, std::span<const T>(tensor.data(), tensor.size()));
}

/// The values of a file that must have the shape of `like`. Throws ESP-162 for another shape.
template <class Tensor>
[[nodiscard]] auto load_tensor(const std::filesystem::path& path, const Tensor& like) {
  using T = typename Tensor::value_type;
  npy_options options;
  options.max_bytes = std::max(options.max_bytes, static_cast<index_t>(like.size() * sizeof(T)));
  npy_array<T> found = read_npy<T>(path, options);
  const std::vector<index_t> wanted(like.shape().begin(), like.shape().end());
  if (found.shape != wanted) {
    refuse_path("ESP-162", path,
                "has the shape " + shape_text(found.shape) + " but the layer's tensor has " + shape_text(wanted) +
                    "; load it into the layer that it was saved from");
  }
  return std::move(found.values);
}

/// Takes `begin` off the front of `line`; false, and nothing taken, where it does not start so.
[[nodiscard]] inline bool take(std::string_view& line, std::string_view begin) {
  if (!line.starts_with(begin)) return false;
  line.remove_prefix(begin.size());
  return true;
}

/// Takes a number off the front of `line`.
template <class Number>
[[nodiscard]] bool take_number(std::string_view& line, Number& value) {
  const auto read = std::from_chars(line.data(), line.data() + line.size(), value);
  if (read.ec != std::errc{}) return false;
  line.remove_prefix(static_cast<std::size_t>(read.ptr - line.data()));
  return true;
}

[[noreturn]] inline void refuse_line(const std::filesystem::path& path, std::string_view line,
                                     const std::string& wanted) {
  refuse_path("ESP-160", path,
              "has the line " + quoted(line) + " where " + wanted + " must stand; it is damaged, save again");
}

inline void require_description(const std::filesystem::path& path, std::string_view found, std::string_view wanted) {
  if (found == wanted) return;
  refuse_path("ESP-161", path,
              "was saved from `" + printable(found) + "`, which is not this layer, `" + std::string(wanted) +
                  "`; load it into a layer of the same type");
}

}  // namespace detail

/// Writes `weight.npy`, `bias.npy` where there is one, and `layer.txt` with the layer's text and its named parameters
/// into `folder`, which is created where it is missing.
///
/// Everything is written under other names first and renamed at the end, so a save that fails leaves what was there.
/// Throws ESP-157, ESP-163 where the folder cannot be written, ESP-109 for a weight that was moved away.
template <IsSavableLayer Layer>
void save(const std::filesystem::path& folder, const Layer& layer) {
  layer.require_shapes();
  detail::file_set files(folder);
  detail::save_tensor(files, "weight.npy", layer.weight());
  if constexpr (Layer::config.bias) detail::save_tensor(files, "bias.npy", layer.bias());
  std::string text = std::string(Layer::description()) + "\n";
  const auto& named = layer.named_parameters();
  for (int i = 0; i < named.count(); ++i) {
    text += "parameter " + std::string(named.name(i)) + " = " + number_text(static_cast<double>(named[i])) + "\n";
  }
  files.add_text("layer.txt", text);
  files.commit();
}

/// Reads what `save` wrote into the layer's own memory; its gradients stay.
///
/// Throws ESP-150 to ESP-156 for a file that is missing or damaged, ESP-160 for a damaged `layer.txt`, ESP-161 for
/// files of another layer - another configuration, prior or element type -, ESP-162 for a tensor of another shape,
/// ESP-109, and as `set` for a parameter that breaks a rule of the prior; the layer is then unchanged.
template <IsSavableLayer Layer>
void load(const std::filesystem::path& folder, Layer& layer) {
  using T = typename Layer::element;
  layer.require_shapes();
  const std::filesystem::path path = folder / "layer.txt";
  const std::vector<std::string> lines = detail::read_lines(path);
  detail::require_description(path, lines.front(), Layer::description());
  auto named = layer.named_parameters();
  if (static_cast<int>(lines.size()) != 1 + named.count()) {
    detail::refuse_line(path, lines.back(), "one line for each of " + std::to_string(named.count()) + " parameters");
  }
  for (int i = 0; i < named.count(); ++i) {
    std::string_view line = lines[static_cast<std::size_t>(i) + 1];
    double value = 0;
    const std::string wanted = "parameter " + std::string(named.name(i)) + " = ";
    if (!detail::take(line, wanted) || !detail::take_number(line, value) || !line.empty()) {
      detail::refuse_line(path, lines[static_cast<std::size_t>(i) + 1], "`" + wanted + "` and a number");
    }
    named[i] = static_cast<T>(value);
  }
  named.require_valid();
  const std::vector<T> weight = detail::load_tensor(folder / "weight.npy", layer.weight());
  std::vector<T> bias;
  if constexpr (Layer::config.bias) bias = detail::load_tensor(folder / "bias.npy", layer.bias());

  // From here on nothing fails.
  std::copy(weight.begin(), weight.end(), layer.weight().data());
  if constexpr (Layer::config.bias) std::copy(bias.begin(), bias.end(), layer.bias().data());
  layer.named_parameters() = named;
}

/// Writes the optimiser's state into `folder`: `optimizer.txt`, with the rule's name and each layer's text and number
/// of steps, and one .npy file per buffer. The layers' weights are saved by themselves. Throws as for a layer.
template <class Rule, class... Layers>
void save(const std::filesystem::path& folder, const optimizer<Rule, Layers...>& optimiser) {
  detail::file_set files(folder);
  std::string text = std::string(Rule::name) + "\n";
  int number = 0;
  optimiser.each_layer([&](const auto& layer, const auto& state) {
    using Layer = std::remove_cvref_t<decltype(layer)>;
    layer.require_shapes();
    const std::size_t buffers = state.fresh ? 0 : Rule::state_names.size();
    text += std::string(Layer::description()) + "\nsteps = " + std::to_string(state.steps) +
            ", buffers = " + std::to_string(buffers) + "\n";
    const std::string start = "optimizer." + std::to_string(number++) + ".";
    for (std::size_t i = 0; i < buffers; ++i) {
      const auto write = [&](const char* of, const auto& like, const auto& values) {
        using T = typename Layer::element;
        const std::vector<index_t> shape(like.shape().begin(), like.shape().end());
        write_npy<T>(files.add(start + of + std::string(Rule::state_names[i]) + ".npy"), shape,
                     std::span<const T>(values));
      };
      write("weight.", layer.weight(), state.weight[i]);
      if constexpr (Layer::config.bias) write("bias.", layer.bias(), state.bias[i]);
    }
  });
  files.add_text("optimizer.txt", text);
  files.commit();
}

/// Reads what `save` wrote: the state of an optimiser with the same rule and layers of the same types in the same
/// order. The rule's options stay those of the program.
///
/// Throws ESP-150 to ESP-156 for a file that is missing or damaged, ESP-160 for a damaged `optimizer.txt`, ESP-161 for
/// another rule, number of layers or layer, ESP-162 for a buffer of another shape; the optimiser is then unchanged.
template <class Rule, class... Layers>
void load(const std::filesystem::path& folder, optimizer<Rule, Layers...>& optimiser) {
  const std::filesystem::path path = folder / "optimizer.txt";
  const std::vector<std::string> lines = detail::read_lines(path);
  if (lines.front() != Rule::name || lines.size() != 1 + 2 * optimiser.layer_count()) {
    detail::refuse_path("ESP-161", path,
                        "was saved from the rule " + detail::quoted(lines.front()) + " with " +
                            std::to_string((lines.size() - 1) / 2) + " layers, but this optimiser has " +
                            std::string(Rule::name) + " with " + std::to_string(optimiser.layer_count()) +
                            "; load it into an optimiser of the same type");
  }
  std::vector<std::function<void()>> take_over;
  std::size_t number = 0;
  optimiser.each_layer([&](const auto& layer, auto& state) {
    using Layer = std::remove_cvref_t<decltype(layer)>;
    detail::require_description(path, lines[1 + 2 * number], Layer::description());
    std::string_view line = lines[2 + 2 * number];
    std::size_t buffers = 0;
    const auto loaded = std::make_shared<std::remove_cvref_t<decltype(state)>>();
    if (!detail::take(line, "steps = ") || !detail::take_number(line, loaded->steps) ||
        !detail::take(line, ", buffers = ") || !detail::take_number(line, buffers) || !line.empty() ||
        loaded->steps < 0 || (buffers != 0 && buffers != Rule::state_names.size())) {
      detail::refuse_line(path, lines[2 + 2 * number], "`steps = S, buffers = B` with numbers of this rule");
    }
    const std::string start = "optimizer." + std::to_string(number) + ".";
    loaded->fresh = buffers == 0;
    for (std::size_t i = 0; i < buffers; ++i) {
      const std::string end = std::string(Rule::state_names[i]) + ".npy";
      loaded->weight[i] = detail::load_tensor(folder / (start + "weight." + end), layer.weight());
      if constexpr (Layer::config.bias) {
        loaded->bias[i] = detail::load_tensor(folder / (start + "bias." + end), layer.bias());
      }
    }
    take_over.emplace_back([&state, loaded] { state = std::move(*loaded); });
    ++number;
  });
  for (const auto& change : take_over) change();
}

}  // namespace esp::inline ESPALIER_ABI
