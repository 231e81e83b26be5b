// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A layer's type written as a program would write it.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/policy.hpp>
#include <espalier/shape.hpp>
#include <espalier/text.hpp>
#include <string_view>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// `3`, or `{3, 3, 5}` where the axes differ.
[[nodiscard]] constexpr text extents_text(extents e) {
  text t;
  if (e.d == e.h && e.h == e.w) return t << e.d;
  return t << "{" << e.d << ", " << e.h << ", " << e.w << "}";
}

/// `1`, `{1, 2, 2}`, `{{0, 1}, {1, 1}, {2, 2}}`, `same` or `padding::causal(axis::depth)`.
[[nodiscard]] constexpr text padding_text(const padding& p) {
  text t;
  if (p.is_same && (p.leads_d || p.leads_h || p.leads_w)) {
    t << "padding::causal(";
    const char* comma = "";
    const auto name = [&](bool leads, const char* axis) {
      if (!leads) return;
      t << comma << "axis::" << axis;
      comma = ", ";
    };
    name(p.leads_d, "depth");
    name(p.leads_h, "height");
    name(p.leads_w, "width");
    return t << ")";
  }
  if (p.is_same) return t << "same";
  const extents &b = p.explicit_pads.before, &a = p.explicit_pads.after;
  if (b == a) return extents_text(b);
  return t << "{{" << b.d << ", " << a.d << "}, {" << b.h << ", " << a.h << "}, {" << b.w << ", " << a.w << "}}";
}

/// `boundary::reflect`, or `{boundary::circular, {boundary::zeros, boundary::reflect}, boundary::zeros}`.
[[nodiscard]] constexpr text boundary_text(const boundaries& b) {
  text t;
  if (is_one(b)) return t << "boundary::" << name_of(b.d.before);
  const auto axis = [&t](const axis_boundary& a) {
    if (a.before == a.after) {
      t << "boundary::" << name_of(a.before);
    } else {
      t << "{boundary::" << name_of(a.before) << ", boundary::" << name_of(a.after) << "}";
    }
  };
  t << "{";
  axis(b.d);
  t << ", ";
  axis(b.h);
  t << ", ";
  axis(b.w);
  return t << "}";
}

[[nodiscard]] constexpr std::string_view algorithm_text(algorithm a) {
  return a == algorithm::automatic  ? "automatic"
         : a == algorithm::direct   ? "direct"
         : a == algorithm::winograd ? "winograd"
                                    : "winograd_f43";
}

/// `constrained_conv3d<conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1}, normalize<l2>,
/// float>`.
template <conv3d Config, class Policy, class T>
[[nodiscard]] consteval text layer_text() {
  constexpr conv3d defaults{};
  text t("constrained_conv3d<conv3d{.in_channels = ");
  t << Config.in_channels << ", .out_channels = " << Config.out_channels
    << ", .kernel_size = " << extents_text(Config.kernel_size);
  if (!(Config.stride == defaults.stride)) t << ", .stride = " << extents_text(Config.stride);
  if (!(Config.dilation == defaults.dilation)) t << ", .dilation = " << extents_text(Config.dilation);
  if (!(Config.padding == defaults.padding)) t << ", .padding = " << padding_text(Config.padding);
  if (Config.groups != defaults.groups) t << ", .groups = " << Config.groups;
  if (!Config.bias) t << ", .bias = false";
  if (Config.enforce != defaults.enforce) t << ", .enforce = enforcement::post_step";
  if (Config.eps != defaults.eps) t << ", .eps = " << Config.eps;
  if (Config.algorithm != defaults.algorithm) t << ", .algorithm = algorithm::" << algorithm_text(Config.algorithm);
  if (Config.activation != defaults.activation) t << ", .activation = activation::relu";
  if (Config.boundary != defaults.boundary) t << ", .boundary = " << boundary_text(Config.boundary);
  const text name = policy_name<Policy>();
  const bool several = name.view().find(">> ") != std::string_view::npos;
  t << "}, " << (several ? "(" : "") << name << (several ? ")" : "");
  return t << (std::is_same_v<T, double> ? ", double>" : ", float>");
}

}  // namespace esp::inline ESPALIER_ABI::detail
