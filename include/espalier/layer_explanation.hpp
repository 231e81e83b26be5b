// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// `explain(conv)` of a layer `conv`: the layer, what computes each direction and its operations, and its prior, as
/// text.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/algorithm.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/choose.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/fold.hpp>
#include <espalier/conv/winograd/axis_tile.hpp>
#include <espalier/enforcement.hpp>
#include <espalier/explain.hpp>
#include <espalier/known_tap.hpp>
#include <espalier/known_taps.hpp>
#include <espalier/layer.hpp>
#include <espalier/layer_text.hpp>
#include <espalier/shape.hpp>
#include <espalier/text.hpp>
#include <iosfwd>
#include <utility>

namespace esp::inline ESPALIER_ABI {

/// What `explain(conv)` returns; every part is usable on its own.
struct layer_explanation {
  text layer;            ///< The constructor call.
  text forward;          ///< `direct, plane of 8 channels by 3 registers: 108 multiply-adds for each output`
  text backward_data;    ///< The same for the gradient of the input,
  text backward_weight;  ///< and of the weight.
  text taps;             ///< `7 of 27 are computed, 20 are zero: ...`; empty where the prior says nothing of them.
  explanation prior;
};

namespace detail {

/// The family of a direct kernel and the form it is compiled for, as this machine has them: `plane of 8 channels by 3
/// registers`. @pre the family is a direct one of unknown taps.
[[nodiscard]] constexpr text form_explained(const choice& c, direction what) {
  constexpr const char* families[] = {"plane", "flat", "row", "channel", "winograd", "tied"};
  text out;
  const auto by = [&out, &c](const char* rows, const char* vectors) {
    out << " of " << c.tile.rows << " " << rows << " by " << c.tile.vectors << " " << vectors;
  };
  out << families[static_cast<std::size_t>(c.family)];
  const bool channel = c.family == kernel_family::channel;
  if (what == direction::backward_weights) {
    channel ? by("broadcasts", "registers") : by("rows", "columns");
  } else if (channel) {
    out << " of " << c.channels.vectors << (c.channels.vectors == 1 ? " register" : " registers");
    if (c.channels.run_taps > 1) out << " and " << c.channels.run_taps << " taps";
  } else {
    by(c.family == kernel_family::row ? "rows" : "channels", "registers");
  }
  return out;
}

/// The same of a kernel that is known: its lines, and what is left of its multiply-adds.
template <class Convolution>
[[nodiscard]] consteval text known_kernel_explained(direction what) {
  constexpr conv3d c = Convolution::config;
  if (what == direction::backward_weights) return text("none: no tap depends on the stored weight");
  const extents lines = Convolution::choice_of(what).lines;
  text out;
  return out << "three passes along lines of " << lines.d << ", " << lines.h << " and " << lines.w
             << " known taps instead of " << c.in_channels / c.groups * c.kernel_size.volume()
             << " multiply-adds for each output";
}

/// What computes one direction and its multiply-adds, for each output (n, oc, od, oh, ow) of the forward convolution.
/// Additions of a transform are not counted: they grow with the channels, not with their product.
template <class Convolution>
[[nodiscard]] consteval text algorithm_explained(direction what) {
  constexpr conv3d c = Convolution::config;
  constexpr index_t inputs = c.in_channels / c.groups, direct = inputs * c.kernel_size.volume();
  text out;
  if (Convolution::choice_of(what).family == kernel_family::separable) return known_kernel_explained<Convolution>(what);
  if (Convolution::algorithm_of(what) == algorithm::direct) {
    const choice made = Convolution::choice_of(what);
    out << "direct, " << form_explained(made, what) << ": "
        << inputs * (Convolution::computed_kernel(what).volume() - made.dropped) << " multiply-adds for each output";
    if (made.added > 0) out << ", after " << made.added << " additions for each element that is read";
    return out;
  }
  const axis_tiles tiles = Convolution::choice_of(what).axes;
  const std::array axes{std::pair{"D", tiles.d}, std::pair{"H", tiles.h}, std::pair{"W", tiles.w}};
  out << "winograd";
  const char* separator = ", ";
  for (const axis_tile& kind : {axis_f43, axis_f23, axis_f22}) {
    bool named = false;
    for (const auto& [name, tile] : axes) {
      if (tile != kind) continue;
      if (named) {
        out << ", " << name;
      } else {
        out << separator << "F(" << kind.outputs << ", " << kind.taps << ") along " << name;
      }
      named = true;
      separator = " and ";
    }
  }
  // Eighths at most: exact.
  const double products = static_cast<double>(inputs * tiles.points().volume());
  return out << ": " << products / static_cast<double>(tiles.outputs().volume())
             << " multiply-adds for each output instead of " << direct;
}

/// What the prior says of the taps, and the multiply-adds that its zeros leave.
template <conv3d Config, class F, class T>
[[nodiscard]] consteval text taps_explained() {
  using known = known_taps<F, T>;
  text out;
  if (known::count(tap_kind::free) == known::taps) return out;
  if constexpr (Config.enforce == enforcement::post_step) {
    return out << "all " << known::taps << " are computed: the stored weight is used as it is";
  }
  if (known::kept.all()) {
    out << "all " << known::taps << (known::multiply_adds == 1 ? " is computed" : " are computed");
  } else {
    out << known::multiply_adds << " of " << known::taps
        << (known::multiply_adds == 1 ? " is computed" : " are computed");
  }
  const auto add = [&out](index_t count, const char* what) {
    if (count > 0) out << ", " << count << (count == 1 ? " is " : " are ") << what;
  };
  add(known::count(tap_kind::zero), "zero");
  add(known::count(tap_kind::constant), "constant");
  add(known::count(tap_kind::tied), "tied");
  if (known::tied_groups > 0) out << " in " << known::tied_groups << (known::tied_groups == 1 ? " group" : " groups");
  return out << ": " << known::multiply_adds << (known::multiply_adds == 1 ? " multiply-add" : " multiply-adds")
             << " for an output and input channel";
}

template <conv3d Config>
consteval text border_explained() {
  constexpr boundaries edge = boundary_of(Config);
  if (edge == boundary::zeros) return text();
  if (edge == boundary::replicate) return text(", on a replicated border");
  return text(", on ") << boundary_text(edge);
}

}  // namespace detail

/// What a layer does, in words: `std::cout << explain(conv)`. Made at compile time. Example: docs/winograd.md
template <conv3d Config, auto Prior, class T>
[[nodiscard]] constexpr layer_explanation explain(const constrained_conv3d<Config, Prior, T>&) {
  using layer = constrained_conv3d<Config, Prior, T>;
  using convolution_type = typename layer::convolution_type;
  constexpr layer_explanation made{
      .layer = text(layer::description()),
      .forward = detail::algorithm_explained<convolution_type>(direction::forward)
                 << detail::border_explained<Config>()
                 << (Config.activation == activation::relu ? ", then a ReLU" : ""),
      .backward_data = detail::algorithm_explained<convolution_type>(direction::backward_data)
                       << (detail::folds_gradient(Config) ? ", of the padded input, then folded" : ""),
      .backward_weight = detail::algorithm_explained<convolution_type>(direction::backward_weights),
      .taps = detail::taps_explained<Config, typename convolution_type::formula_type, T>(),
      .prior = layer::explain()};
  return made;
}

template <class Char, class Traits>
std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>& os, const layer_explanation& e) {
  os << e.layer.view() << "\n  forward      " << e.forward.view() << "\n  grad_x       " << e.backward_data.view()
     << "\n  grad_weight  " << e.backward_weight.view() << '\n';
  if (!e.taps.view().empty()) os << "  taps         " << e.taps.view() << '\n';
  return os << e.prior;
}

}  // namespace esp::inline ESPALIER_ABI
