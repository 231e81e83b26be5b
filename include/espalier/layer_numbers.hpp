// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The numbers of a prior as a layer shows them: as tensors, by name.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <espalier/aligned_buffer.hpp>
#include <espalier/config.hpp>
#include <espalier/error.hpp>
#include <espalier/number_part.hpp>
#include <espalier/shape.hpp>
#include <espalier/tensor/xtensor.hpp>
#include <espalier/text.hpp>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

namespace esp::inline ESPALIER_ABI::detail {

/// Axes of the numbers of a name: (out_channels, in_channels / groups) of blocks, (out_channels) of filters,
/// (in_channels / groups) of input channels, and none of the whole weight.
template <per Part>
[[nodiscard]] constexpr auto number_dims(const weight_shape& s) {
  const auto out = static_cast<std::size_t>(s.out), in = static_cast<std::size_t>(s.in);
  if constexpr (Part == per::block) {
    return std::array{out, in};
  } else if constexpr (Part == per::weight) {
    return std::array<std::size_t, 0>{};
  } else {
    return std::array{Part == per::filter ? out : in};
  }
}

/// A number, or the tensor of the numbers of a name.
template <per Part, class T>
[[nodiscard]] auto numbers_as_tensor(std::span<const T> numbers, const weight_shape& s) {
  if constexpr (Part == per::weight) {
    return numbers[0];
  } else {
    const auto dims = number_dims<Part>(s);
    tensor<T, std::tuple_size_v<std::remove_const_t<decltype(dims)>>> result(dims);
    std::copy(numbers.begin(), numbers.end(), result.data());
    return result;
  }
}

/// The gradients of learned numbers: nothing in a layer that has none.
template <class T, bool Exist>
struct learned_gradients {
  std::vector<T> values{};
};
template <class T>
struct learned_gradients<T, false> {};

}  // namespace esp::inline ESPALIER_ABI::detail

namespace esp::inline ESPALIER_ABI::detail::held {

/// What a layer does with the numbers of its prior beside setting one value. `Layer` derives from it.
template <class Layer>
class layer_numbers {
 public:
  /// Gives a name all its numbers: `conv.set<"gain">(gains)`, with a tensor of shape (out_channels) for one per filter,
  /// (in_channels / groups) per input channel, (out_channels, in_channels / groups) per block. Rejected when: ESP-045.
  /// Throws ESP-226 for another shape, and as `set` of one value; nothing is then changed.
  template <fixed_string Name, TensorExpression Values>
  void set(const Values& values) {
    auto& named = self().named_parameters();
    using named_type = std::remove_reference_t<decltype(named)>;
    using T = typename Layer::element;
    constexpr int name = named_type::template index_of<Name>();
    constexpr auto wanted = number_dims<named_type::info(name).part>(Layer::convolution_type::weights);
    const auto& shape = values.shape();
    if (!std::equal(shape.begin(), shape.end(), wanted.begin(), wanted.end(),
                    [](auto a, auto b) { return static_cast<std::size_t>(a) == b; })) {
      throw error("ESP-226", "the numbers \"" + std::string(Name.view()) + "\" of the prior have the shape " +
                                 words_of(wanted) + " and the tensor has " + words_of(shape) +
                                 "; give one number for each filter or block of the weight");
    }
    std::vector<T> flat;
    const auto end = values.template cend<xt::layout_type::row_major>();
    for (auto from = values.template cbegin<xt::layout_type::row_major>(); from != end; ++from) {
      flat.push_back(static_cast<T>(*from));
    }
    named.template set_numbers<Name>(flat.data());
  }

  /// The numbers of a name: one as it is, several as a tensor of the shape that `set` takes. NaN until set. Throws
  /// ESP-109 for a layer that was moved from. Rejected
  /// when: ESP-045.
  template <fixed_string Name>
  [[nodiscard]] auto get() const {
    self().require_shapes();
    const auto& named = self().named_parameters();
    using named_type = std::remove_cvref_t<decltype(named)>;
    constexpr int name = named_type::template index_of<Name>();
    return numbers_as_tensor<named_type::info(name).part>(named.numbers(name), Layer::convolution_type::weights);
  }

  /// The gradient of a learned number, summed as the weight's is, as a copy in the shape of `get`: zeros where no
  /// gradient was used yet. Rejected when: ESP-045; the number is not learned.
  template <fixed_string Name>
  requires(Layer::convolution_type::learned_count > 0)
  [[nodiscard]] auto learned_gradient() const {
    using named_type = std::remove_cvref_t<decltype(self().named_parameters())>;
    using T = typename Layer::element;
    constexpr int name = named_type::template index_of<Name>();
    static_assert(named_type::info(name).is_learned, "ESP-045: this name is no learned number; it has no gradient");
    const auto& all = self().learned_gradients_.values;
    std::vector<T> none(all.empty() ? static_cast<std::size_t>(named_type::size_of(name)) : 0);
    const auto begin = static_cast<std::size_t>(named_type::offset_of(name) - named_type::learned_begin());
    const auto size = static_cast<std::size_t>(named_type::size_of(name));
    return numbers_as_tensor<named_type::info(name).part, T>(
        all.empty() ? std::span<const T>(none) : std::span<const T>(all).subspan(begin, size),
        Layer::convolution_type::weights);
  }

  /// Gives the prior's learned numbers that have a `starts_at` its value for the stored weight, as a fresh layer does:
  /// for after another weight was assigned or loaded. Throws ESP-109.
  void start_learned() {
    if constexpr (Layer::convolution_type::learned_count > 0) {
      self().require_shapes();
      const aligned_buffer<typename Layer::element> scratch(Layer::convolution_type::start_scratch_size());
      Layer::convolution_type::start_learned(self().weight().data(), self().named_parameters(), scratch.span());
    }
  }

  /// Sets all gradients to zero and keeps their memory.
  void zero_gradients() {
    self().layer_tensors::zero_gradients();
    if constexpr (Layer::convolution_type::learned_count > 0) {
      std::ranges::fill(self().learned_gradients_.values, typename Layer::element{0});
    }
  }

  /// Calls `body(name, numbers, gradients)` for each learned name in the order of the formula, with spans of all its
  /// numbers: for optimisers. Gives the gradients their memory.
  template <class Body>
  void each_learned(const Body& body) {
    if constexpr (Layer::convolution_type::learned_count > 0) {
      auto& named = self().named_parameters();
      auto* const gradients = gradients_to_add_to();
      for (int i = 0; i < named.count(); ++i) {
        if (!named.info(i).is_learned) continue;
        const std::span<typename Layer::element> numbers = named.numbers(i);
        const auto begin = static_cast<std::size_t>(named.offset_of(i) - named.learned_begin());
        body(named.name(i), numbers, std::span(gradients + begin, numbers.size()));
      }
    }
  }

 private:
  friend Layer;
  layer_numbers() = default;
  /// Of the learned numbers, with their memory; null where there are none.
  [[nodiscard]] auto* gradients_to_add_to() {
    if constexpr (Layer::convolution_type::learned_count > 0) {
      auto& values = self().learned_gradients_.values;
      values.resize(static_cast<std::size_t>(Layer::convolution_type::learned_count));
      return values.data();
    } else {
      return static_cast<typename Layer::element*>(nullptr);
    }
  }
  [[nodiscard]] Layer& self() { return static_cast<Layer&>(*this); }
  [[nodiscard]] const Layer& self() const { return static_cast<const Layer&>(*this); }

  template <class Shape>
  [[nodiscard]] static std::string words_of(const Shape& shape) {
    std::string words;
    for (const auto n : shape) words += (words.empty() ? "(" : ", ") + std::to_string(n);
    return words.empty() ? "()" : words + ")";
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail::held
