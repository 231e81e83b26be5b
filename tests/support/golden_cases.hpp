// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The layer of each case in tests/golden, as types: name of the folder, configuration, prior.
#pragma once

#include <espalier/conv/conv3d.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/causal.hpp>
#include <espalier/policies/central_difference.hpp>
#include <espalier/policies/masked.hpp>
#include <espalier/policies/standardize.hpp>
#include <espalier/text.hpp>

namespace golden {

/// One folder of tests/golden and the layer it was computed with.
template <esp::fixed_string Name, esp::conv3d Config, auto Prior>
struct layer_case {
  static constexpr auto name = Name;
  static constexpr esp::conv3d config = Config;
  static constexpr auto prior = Prior;
};

/// The same layer by another algorithm.
template <class Case, esp::algorithm Algorithm>
struct computed_by {
  static constexpr auto name = Case::name;
  static constexpr esp::conv3d config = [] {
    esp::conv3d c = Case::config;
    c.algorithm = Algorithm;
    return c;
  }();
  static constexpr auto prior = Case::prior;
};

template <class... Cases>
struct list {};

inline constexpr auto post_step = esp::enforcement::post_step;

/// Shapes: strides, dilation, groups, borders, even kernels, many channels; and blocks at the edge of a formula.
using conv_cases = list<
    layer_case<"conv_1x1x1", esp::conv3d{.in_channels = 5, .out_channels = 7, .kernel_size = 1}, esp::modes::unit_l2>,
    layer_case<"conv_depthwise",
               esp::conv3d{
                   .in_channels = 5, .out_channels = 5, .kernel_size = 3, .padding = 1, .groups = 5, .bias = false},
               esp::modes::sum_to_one>,
    layer_case<"conv_depthwise_mult",
               esp::conv3d{.in_channels = 3, .out_channels = 6, .kernel_size = 3, .padding = 1, .groups = 3},
               esp::modes::unit_l2>,
    layer_case<"conv_dilation",
               esp::conv3d{
                   .in_channels = 2, .out_channels = 4, .kernel_size = 3, .dilation = {1, 2, 3}, .padding = esp::same},
               esp::modes::zero_mean>,
    layer_case<"conv_even_kernel",
               esp::conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = {2, 4, 2}, .padding = 1},
               esp::modes::zero_mean>,
    layer_case<"conv_groups",
               esp::conv3d{.in_channels = 6, .out_channels = 4, .kernel_size = 3, .padding = 1, .groups = 2},
               esp::modes::nonneg>,
    layer_case<"conv_stride2",
               esp::conv3d{.in_channels = 3, .out_channels = 4, .kernel_size = 3, .stride = 2, .padding = 1},
               esp::modes::none>,
    layer_case<
        "conv_stride_aniso",
        esp::conv3d{
            .in_channels = 3, .out_channels = 4, .kernel_size = {3, 5, 3}, .stride = {1, 2, 3}, .padding = {1, 0, 2}},
        esp::modes::unit_l2>,
    layer_case<"conv_stride_dilation_groups",
               esp::conv3d{.in_channels = 4,
                           .out_channels = 8,
                           .kernel_size = 3,
                           .stride = {2, 1, 2},
                           .dilation = {1, 2, 1},
                           .padding = 2,
                           .groups = 4},
               esp::modes::unit_l2>,
    layer_case<"conv_valid_k7",
               esp::conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = 7, .padding = esp::valid},
               esp::modes::nonneg_sum1>,
    layer_case<"conv_wide_channels", esp::conv3d{.in_channels = 17, .out_channels = 19, .kernel_size = 3, .padding = 1},
               esp::modes::max_l2<0.5>>,
    layer_case<"edge_all_negative_nonneg_sum1",
               esp::conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = 3, .padding = 1},
               esp::modes::nonneg_sum1>,
    layer_case<"edge_zero_kernel_unit_l2",
               esp::conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = 3, .padding = 1, .eps = 1e-06},
               esp::modes::unit_l2>,
    layer_case<"fixed_center_values",
               esp::conv3d{.in_channels = 2, .out_channels = 4, .kernel_size = {3, 3, 5}, .padding = esp::same},
               esp::modes::fixed_center<2.5, -0.75>>>;

/// The eight modes: 3 x 3 x 3; 1 x 3 x 5 enforced after a step, without bias; 5 x 5 x 5 with a large eps.
using mode_cases = list<
    layer_case<"mode_fixed_center_k135_post",
               esp::conv3d{.in_channels = 3,
                           .out_channels = 2,
                           .kernel_size = {1, 3, 5},
                           .padding = esp::same,
                           .bias = false,
                           .enforce = post_step},
               esp::modes::fixed_center<-1, 1>>,
    layer_case<"mode_fixed_center_k3", esp::conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1},
               esp::modes::fixed_center<-1, 1>>,
    layer_case<"mode_fixed_center_k5_eps",
               esp::conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = 5, .padding = 2, .eps = 0.001},
               esp::modes::fixed_center<-1, 1>>,
    layer_case<"mode_max_l2_k135_post",
               esp::conv3d{.in_channels = 3,
                           .out_channels = 2,
                           .kernel_size = {1, 3, 5},
                           .padding = esp::same,
                           .bias = false,
                           .enforce = post_step},
               esp::modes::max_l2<0.8>>,
    layer_case<"mode_max_l2_k3", esp::conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1},
               esp::modes::max_l2<0.8>>,
    layer_case<"mode_max_l2_k5_eps",
               esp::conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = 5, .padding = 2, .eps = 0.001},
               esp::modes::max_l2<2.5>>,
    layer_case<"mode_none_k135_post",
               esp::conv3d{.in_channels = 3,
                           .out_channels = 2,
                           .kernel_size = {1, 3, 5},
                           .padding = esp::same,
                           .bias = false,
                           .enforce = post_step},
               esp::modes::none>,
    layer_case<"mode_none_k3", esp::conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1},
               esp::modes::none>,
    layer_case<"mode_none_k5_eps",
               esp::conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = 5, .padding = 2, .eps = 0.001},
               esp::modes::none>,
    layer_case<"mode_nonneg_k135_post",
               esp::conv3d{.in_channels = 3,
                           .out_channels = 2,
                           .kernel_size = {1, 3, 5},
                           .padding = esp::same,
                           .bias = false,
                           .enforce = post_step},
               esp::modes::nonneg>,
    layer_case<"mode_nonneg_k3", esp::conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1},
               esp::modes::nonneg>,
    layer_case<"mode_nonneg_k5_eps",
               esp::conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = 5, .padding = 2, .eps = 0.001},
               esp::modes::nonneg>,
    layer_case<"mode_nonneg_sum1_k135_post",
               esp::conv3d{.in_channels = 3,
                           .out_channels = 2,
                           .kernel_size = {1, 3, 5},
                           .padding = esp::same,
                           .bias = false,
                           .enforce = post_step},
               esp::modes::nonneg_sum1>,
    layer_case<"mode_nonneg_sum1_k3", esp::conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1},
               esp::modes::nonneg_sum1>,
    layer_case<"mode_nonneg_sum1_k5_eps",
               esp::conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = 5, .padding = 2, .eps = 0.001},
               esp::modes::nonneg_sum1>,
    layer_case<"mode_sum_to_one_k135_post",
               esp::conv3d{.in_channels = 3,
                           .out_channels = 2,
                           .kernel_size = {1, 3, 5},
                           .padding = esp::same,
                           .bias = false,
                           .enforce = post_step},
               esp::modes::sum_to_one>,
    layer_case<"mode_sum_to_one_k3", esp::conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1},
               esp::modes::sum_to_one>,
    layer_case<"mode_sum_to_one_k5_eps",
               esp::conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = 5, .padding = 2, .eps = 0.001},
               esp::modes::sum_to_one>,
    layer_case<"mode_unit_l2_k135_post",
               esp::conv3d{.in_channels = 3,
                           .out_channels = 2,
                           .kernel_size = {1, 3, 5},
                           .padding = esp::same,
                           .bias = false,
                           .enforce = post_step},
               esp::modes::unit_l2>,
    layer_case<"mode_unit_l2_k3", esp::conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1},
               esp::modes::unit_l2>,
    layer_case<"mode_unit_l2_k5_eps",
               esp::conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = 5, .padding = 2, .eps = 0.001},
               esp::modes::unit_l2>,
    layer_case<"mode_zero_mean_k135_post",
               esp::conv3d{.in_channels = 3,
                           .out_channels = 2,
                           .kernel_size = {1, 3, 5},
                           .padding = esp::same,
                           .bias = false,
                           .enforce = post_step},
               esp::modes::zero_mean>,
    layer_case<"mode_zero_mean_k3", esp::conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1},
               esp::modes::zero_mean>,
    layer_case<"mode_zero_mean_k5_eps",
               esp::conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = 5, .padding = 2, .eps = 0.001},
               esp::modes::zero_mean>>;

/// The five examples of the reference, in single precision.
using example_cases = list<
    layer_case<"example1_unit_l2", esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1},
               esp::modes::unit_l2>,
    layer_case<"example2_zero_mean", esp::conv3d{.in_channels = 3, .out_channels = 6, .kernel_size = 3, .padding = 1},
               esp::modes::zero_mean>,
    layer_case<"example3_max_l2_post_step",
               esp::conv3d{.in_channels = 6, .out_channels = 6, .kernel_size = 3, .padding = 1, .enforce = post_step},
               esp::modes::max_l2<0.8>>,
    layer_case<"example4_fixed_center",
               esp::conv3d{.in_channels = 1, .out_channels = 4, .kernel_size = 5, .padding = 2},
               esp::modes::fixed_center<-1, 1>>,
    layer_case<"example5_groups_nonneg",
               esp::conv3d{.in_channels = 8, .out_channels = 8, .kernel_size = 3, .padding = 1, .groups = 4},
               esp::modes::nonneg>>;

/// Layers of public code beyond the reference, by their definitions: tests/golden/priors.py.
using prior_cases = list<
    layer_case<"prior_causal",
               esp::conv3d{.in_channels = 3, .out_channels = 4, .kernel_size = {5, 1, 3}, .padding = {2, 0, 1}},
               esp::causal<esp::axis::depth>>,
    layer_case<"prior_central_difference",
               esp::conv3d{.in_channels = 3, .out_channels = 4, .kernel_size = 3, .padding = 1, .bias = false},
               esp::central_difference<0.6>>,
    layer_case<
        "prior_central_difference_stride",
        esp::conv3d{
            .in_channels = 3, .out_channels = 4, .kernel_size = 3, .stride = {1, 2, 2}, .padding = 1, .bias = false},
        esp::central_difference<0.6>>,
    layer_case<"prior_masked_a", esp::conv3d{.in_channels = 3, .out_channels = 4, .kernel_size = 3, .padding = 1},
               esp::masked<'A'>>,
    layer_case<"prior_masked_b", esp::conv3d{.in_channels = 3, .out_channels = 4, .kernel_size = 3, .padding = 1},
               esp::masked<'B'>>,
    layer_case<"prior_standardize_k135_groups",
               esp::conv3d{.in_channels = 4,
                           .out_channels = 4,
                           .kernel_size = {1, 3, 5},
                           .stride = {1, 1, 2},
                           .padding = {0, 1, 2},
                           .groups = 2,
                           .bias = false},
               esp::standardize>,
    layer_case<"prior_standardize_k3", esp::conv3d{.in_channels = 3, .out_channels = 4, .kernel_size = 3, .padding = 1},
               esp::standardize>>;

/// What borders.py records of every boundary.
constexpr esp::conv3d bordered(const esp::boundaries& border) {
  return {.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1, .boundary = border};
}
constexpr esp::conv3d bordered_with_strides(const esp::boundaries& border) {
  return {.in_channels = 4,
          .out_channels = 4,
          .kernel_size = {2, 3, 4},
          .stride = {1, 2, 1},
          .dilation = {1, 1, 2},
          .padding = {{1, 0}, {0, 2}, {3, 1}},
          .groups = 2,
          .boundary = border};
}

/// What stands in the padding: tests/golden/borders.py.
using border_cases =
    list<layer_case<"border_causal",
                    esp::conv3d{.in_channels = 2,
                                .out_channels = 3,
                                .kernel_size = 3,
                                .dilation = {2, 1, 1},
                                .padding = esp::padding::causal(esp::axis::depth),
                                .boundary = {esp::boundary::replicate, esp::boundary::zeros, esp::boundary::reflect}},
                    esp::identity>,
         layer_case<"border_circular", bordered(esp::boundary::circular), esp::identity>,
         layer_case<"border_circular_strided", bordered_with_strides(esp::boundary::circular), esp::identity>,
         layer_case<"border_mixed",
                    bordered({esp::boundary::circular,
                              {esp::boundary::zeros, esp::boundary::reflect},
                              {esp::boundary::symmetric, esp::boundary::replicate}}),
                    esp::identity>,
         layer_case<"border_reflect", bordered(esp::boundary::reflect), esp::identity>,
         layer_case<"border_reflect_strided", bordered_with_strides(esp::boundary::reflect), esp::identity>,
         layer_case<"border_replicate", bordered(esp::boundary::replicate), esp::identity>,
         layer_case<"border_replicate_strided", bordered_with_strides(esp::boundary::replicate), esp::identity>,
         layer_case<"border_symmetric", bordered(esp::boundary::symmetric), esp::identity>,
         layer_case<"border_symmetric_strided", bordered_with_strides(esp::boundary::symmetric), esp::identity>>;

/// Twenty steps of training each; golden_training.cpp has their layers and optimisers.
inline constexpr const char* trainings[] = {"train_adam_nonneg_post_step", "train_adam_nonneg_sum1_forward",
                                            "train_sgd_max_l2_post_step", "train_sgd_momentum_unit_l2_forward"};

}  // namespace golden
