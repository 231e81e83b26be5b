// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What a checkpoint holds of a layer.
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/formula_hash.hpp>
#include <espalier/io/archive.hpp>
#include <espalier/io/archive_writer.hpp>
#include <espalier/io/checkpoint_text.hpp>
#include <espalier/io/layer_identity.hpp>
#include <espalier/io/npy.hpp>
#include <espalier/io/npy_header.hpp>
#include <espalier/io/sentence.hpp>
#include <espalier/number_part.hpp>
#include <espalier/optim/options.hpp>
#include <espalier/shape.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace esp::inline ESPALIER_ABI {

/// What a file can hold of a layer: its description and identity, its tensors and its named parameters.
template <class L>
concept IsSavableLayer = requires(const L& layer) {
  typename L::convolution_type::formula_type;
  { L::description() } -> std::convertible_to<std::string_view>;
  layer.weight().data();
  layer.named_parameters();
  layer.require_shapes();
};

namespace detail {

/// The values in the byte order of a file.
template <class T>
[[nodiscard]] std::vector<T> in_file_order(std::span<const T> values) {
  std::vector<T> turned(values.begin(), values.end());
  little_endian(std::span(turned));
  return turned;
}

/// Adds an array of the shape of `like`. @pre values has as many
template <class File, class Tensor, class T>
void write_array(archive_writer<File>& to, const std::string& name, const Tensor& like, std::span<const T> values) {
  const std::vector<index_t> shape(like.shape().begin(), like.shape().end());
  const std::string header = npy_header_text(shape, std::ssize(values), std::is_same_v<T, double>, name);
  if constexpr (std::endian::native == std::endian::little) {
    to.add(name, header, std::as_bytes(values));
  } else {
    const std::vector<T> turned = in_file_order(values);
    to.add(name, header, std::as_bytes(std::span(turned)));
  }
}

/// Throws ESP-162 where `found` is not the shape of `like`.
template <class Tensor>
void require_shape_of(const Tensor& like, const std::vector<index_t>& found, const std::string& path) {
  const std::vector<index_t> wanted(like.shape().begin(), like.shape().end());
  if (found == wanted) return;
  refuse_file("ESP-162", path,
              "has the shape " + shape_text(found) + " but the layer's tensor has " + shape_text(wanted) +
                  "; load it into the layer that it was saved from");
}

/// The values of an array that must have the shape of `like`: nothing is allocated for another.
template <class Tensor>
[[nodiscard]] auto read_array(archive& from, const std::string& name, const Tensor& like) {
  using T = typename Tensor::value_type;
  const archive::member& member = from.at(name);
  const std::string path = from.path_of(name);
  const auto require = [&](const std::vector<index_t>& found) { require_shape_of(like, found, path); };
  const npy_options options{.max_bytes =
                                std::max(npy_options{}.max_bytes, static_cast<index_t>(like.size() * sizeof(T)))};
  return from.read(member, [&](const auto& read) {
    return read_npy_from<T>(member.size, path, options, byte_source(read), require).values;
  });
}

/// The shape of an array of numbers of a prior, as a tensor tells it.
template <class T>
class number_shape {
 public:
  using value_type = T;
  number_shape(per part, const weight_shape& s) {
    if (part == per::block || part == per::filter) shape_.push_back(s.out);
    if (part == per::block || part == per::input) shape_.push_back(s.in);
    if (part == per::weight) shape_.push_back(1);
    for (const index_t n : shape_) size_ *= static_cast<std::size_t>(n);
  }
  [[nodiscard]] const std::vector<index_t>& shape() const { return shape_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::vector<index_t> shape_{};
  std::size_t size_ = 1;
};

/// Calls `body(i, name, shape)` for each name of a layer's prior whose numbers are an array of the file, the i-th:
/// `learned.gain`, and `parameter.c` of a name that is not one number.
template <class Layer, class Body>
void each_number_array(const Layer& layer, const Body& body) {
  const auto& named = layer.named_parameters();
  for (int i = 0; i < named.count(); ++i) {
    const named_number info = named.info(i);
    if (!info.is_learned && info.part == per::weight) continue;
    body(i, (info.is_learned ? "learned." : "parameter.") + std::string(named.name(i)),
         number_shape<typename Layer::element>(info.part, Layer::convolution_type::weights));
  }
}

/// Weight and bias as they were read, on their way into a layer.
template <class T>
struct loaded_weights {
  std::vector<T> weight{};
  std::vector<T> bias{};

  /// Allocates nothing. @pre the sizes are the layer's
  template <class Layer>
  void move_into(Layer& layer) const {
    std::copy(weight.begin(), weight.end(), layer.weight().data());
    if constexpr (Layer::config.bias) std::copy(bias.begin(), bias.end(), layer.bias().data());
  }
};

/// Whether a layer stores a weight: a prior that makes a number of every tap leaves none to store or to save.
template <class Layer>
[[nodiscard]] bool has_weight(const Layer& layer) {
  return layer.weight().size() > 0;
}

/// Throws ESP-162 where only one of a file and a layer has a weight. `describe()` is the description of the layer that
/// was saved, asked where a file has one too many: of this layer it told nothing, and is passed over.
template <class Layer, class Describe>
void require_weight_of(const Layer& layer, bool found, const std::filesystem::path& path, const Describe& describe) {
  if (found == has_weight(layer) || (found && describe() == Layer::description())) return;
  refuse_path("ESP-162", path,
              found ? "holds a weight, but the layer stores none, since its prior makes a number of every tap; load it "
                      "into a layer whose prior reads its weight"
                    : "holds no weight, but the layer stores one; load it into a layer whose prior makes a number of "
                      "every tap, as the one that it was saved from");
}

template <IsSavableLayer Layer>
[[nodiscard]] auto read_weights(archive& from, const std::string& prefix, const Layer& layer) {
  loaded_weights<typename Layer::element> loaded;
  if (has_weight(layer)) loaded.weight = read_array(from, prefix + "weight.npy", layer.weight());
  if ((from.find(prefix + "bias.npy") != nullptr) != Layer::config.bias) {
    refuse_path("ESP-162", from.path(),
                Layer::config.bias ? "holds no bias, but the layer has one; load it into a layer with .bias = false"
                                   : "holds a bias, but the layer has none; load it into a layer with a bias");
  }
  if constexpr (Layer::config.bias) loaded.bias = read_array(from, prefix + "bias.npy", layer.bias());
  return loaded;
}

template <IsSavableLayer Layer>
void require_savable(const Layer& layer) {
  layer.require_shapes();
}

template <class File, IsSavableLayer Layer>
void write_members(archive_writer<File>& to, const std::string& prefix, const Layer& layer) {
  using T = typename Layer::element;
  constexpr hash128 identity = layer_identity<Layer>();
  std::string text = "espalier layer, format " + std::to_string(checkpoint_format) + "\n" +
                     std::string(Layer::description()) + "\n" + identity_line(identity) + "\n";
  const auto& named = layer.named_parameters();
  for (int i = 0; i < named.count(); ++i) {
    if (named.info(i).is_learned || named.info(i).part != per::weight) continue;
    text += "parameter " + std::string(named.name(i)) + " = " + number_text(static_cast<double>(named[i])) + "\n";
  }
  to.add(prefix + "layer.txt", text, {});
  if (has_weight(layer)) {
    write_array<File>(to, prefix + "weight.npy", layer.weight(),
                      std::span<const T>(layer.weight().data(), layer.weight().size()));
  }
  if constexpr (Layer::config.bias) {
    write_array<File>(to, prefix + "bias.npy", layer.bias(),
                      std::span<const T>(layer.bias().data(), layer.bias().size()));
  }
  each_number_array(layer, [&](int i, const std::string& name, const auto& shape) {
    write_array<File>(to, prefix + name + ".npy", shape, named.numbers(i));
  });
}

/// Reads everything of the layer and returns what changes it, which cannot fail.
template <IsSavableLayer Layer>
[[nodiscard]] std::function<void()> read_members(archive& from, const std::string& prefix, Layer& layer, bool) {
  text_lines lines(from, prefix + "layer.txt", "layer");
  lines.template require_layer<Layer>("load_weights");
  auto named = layer.named_parameters();
  for (int i = 0; i < named.count(); ++i) {
    if (named.info(i).is_learned || named.info(i).part != per::weight) continue;
    const std::string wanted = "parameter " + std::string(named.name(i)) + " = ";
    const std::string_view line = lines.next("`" + wanted + "` and a number");
    std::string_view rest = line;
    if (!take(rest, wanted) || !take_parameter(rest, named[i]) || !rest.empty()) {
      lines.refuse_line(line, "`" + wanted + "` and a finite number of the layer's type");
    }
  }
  lines.require_end();
  each_number_array(layer, [&](int i, const std::string& name, const auto& shape) {
    std::ranges::copy(read_array(from, prefix + name + ".npy", shape), named.numbers(i).begin());
  });
  named.require_valid();
  auto loaded = std::make_shared<const loaded_weights<typename Layer::element>>(read_weights(from, prefix, layer));
  return [&layer, loaded, named] {
    loaded->move_into(layer);
    layer.named_parameters() = named;
  };
}

/// Weight and bias of the early format, a folder of files.
template <IsSavableLayer Layer>
void load_early_weights(const std::filesystem::path& folder, Layer& layer) {
  using T = typename Layer::element;
  const auto read = [&](const char* name, const auto& like) {
    const std::filesystem::path path = folder / name;
    const auto bytes = static_cast<index_t>(like.size() * sizeof(T));
    npy_array<T> found = read_npy<T>(path, {.max_bytes = std::max(npy_options{}.max_bytes, bytes)});
    require_shape_of(like, found.shape, path.string());
    return std::move(found.values);
  };
  std::error_code problem;
  require_weight_of(layer, std::filesystem::exists(folder / "weight.npy", problem) || has_weight(layer), folder, [&] {
    std::string line;
    std::ifstream file(folder / "layer.txt");
    std::getline(file, line);
    return line;
  });
  if (std::filesystem::exists(folder / "bias.npy", problem) && !Layer::config.bias) {
    refuse_path("ESP-162", folder, "holds a bias, but the layer has none; load it into a layer with a bias");
  }
  loaded_weights<T> loaded;
  if (has_weight(layer)) loaded.weight = read("weight.npy", layer.weight());
  if constexpr (Layer::config.bias) loaded.bias = read("bias.npy", layer.bias());
  loaded.move_into(layer);
}

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
