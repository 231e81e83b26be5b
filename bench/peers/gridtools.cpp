// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// GridTools 2 (Debian: libgridtools-dev): stencils of 7, 27 and 13 points in double, their numbers constants.
#include <array>
#include <cstddef>
#include <gridtools/stencil/cartesian.hpp>
#include <gridtools/stencil/cpu_ifirst.hpp>
#include <gridtools/stencil/cpu_kfirst.hpp>
#include <gridtools/storage/builder.hpp>
#include <gridtools/storage/cpu_ifirst.hpp>
#include <gridtools/storage/cpu_kfirst.hpp>
#include <gridtools/storage/sid.hpp>
#include <utility>

#include "stencil_peer.hpp"
#include "structures.hpp"

namespace {

namespace gt = gridtools;
namespace st = gridtools::stencil;

/// The numbers of a row's kernel and the taps that are not 0.
template <class Row, double (*Number)(esp::tap_index, esp::extents)>
struct numbers {
  static constexpr esp::extents K = Row::config.kernel_size;
  static constexpr int radius = static_cast<int>(K.d / 2);
  struct point {
    int d, h, w;
    double number;
  };
  static constexpr std::size_t count = [] {
    std::size_t n = 0;
    for (esp::index_t t = 0; t < K.volume(); ++t)
      n += Row::reads(0, {t / (K.h * K.w), t / K.w % K.h, t % K.w}, K) ? 1U : 0U;
    return n;
  }();
  static constexpr std::array<point, count> points = [] {
    std::array<point, count> out{};
    std::size_t n = 0;
    for (esp::index_t t = 0; t < K.volume(); ++t) {
      const esp::tap_index at{t / (K.h * K.w), t / K.w % K.h, t % K.w};
      if (!Row::reads(0, at, K)) continue;
      out[n++] = {static_cast<int>(at.d) - radius, static_cast<int>(at.h) - radius, static_cast<int>(at.w) - radius,
                  Number(at, K)};
    }
    return out;
  }();
};

/// -1/12, 4/3, -5/2, 4/3, -1/12 along each axis.
constexpr double fourth_order(esp::tap_index t, esp::extents) {
  const auto away = [](esp::index_t i) { return i < 2 ? 2 - i : i - 2; };
  const esp::index_t steps = away(t.d) + away(t.h) + away(t.w);
  return steps == 0 ? -7.5 : steps == 1 ? 4.0 / 3 : -1.0 / 12;
}

using axis_type = st::axis<3, st::axis_config::offset_limit<1>>;

/// Depth is k and height is j; width is i. The border along k is an interval of its own, in which nothing is computed.
template <class Numbers>
struct stencil_function {
  static constexpr int R = Numbers::radius;
  using out = st::cartesian::inout_accessor<0>;
  using in = st::cartesian::in_accessor<1, st::extent<-R, R, -R, R, -R, R>>;
  using param_list = st::make_param_list<out, in>;

  template <class Evaluation>
  GT_FUNCTION static void apply(Evaluation&& evaluation, axis_type::get_interval<1>) {
    sum(evaluation, std::make_index_sequence<Numbers::count>{});
  }

 private:
  template <class Evaluation, std::size_t... I>
  GT_FUNCTION static void sum(Evaluation&& evaluation, std::index_sequence<I...>) {
    constexpr const auto& p = Numbers::points;
    evaluation(out()) = ((p[I].number * evaluation(in(p[I].w, p[I].h, p[I].d))) + ...);
  }
};

template <class Numbers, class Storage, class Backend>
bench::stencil_run way(const char* name, const esp::dims5& shape, const double* x) {
  constexpr int R = Numbers::radius;
  const int D = static_cast<int>(shape.d), H = static_cast<int>(shape.h), W = static_cast<int>(shape.w);
  const auto builder =
      gt::storage::builder<Storage>.template type<double>().dimensions(W + 2 * R, H + 2 * R, D + 2 * R).halos(R, R, R).value(0.0);
  const auto in = builder.build(), out = builder.build();
  const auto place = [=](int d, int h, int w) { return (static_cast<std::ptrdiff_t>(d) * H + h) * W + w; };
  auto filled = in->host_view();
  for (int d = 0; d < D; ++d)
    for (int h = 0; h < H; ++h)
      for (int w = 0; w < W; ++w) filled(w + R, h + R, d + R) = x[place(d, h, w)];

  const auto halo = [](int size) {
    const auto width = static_cast<unsigned>(R), inner = static_cast<unsigned>(size);
    return gt::halo_descriptor(width, width, width, inner + width - 1, inner + 2 * width);
  };
  const auto grid = st::make_grid(halo(W), halo(H), axis_type{R, D, R});
  const auto run = [=] { st::run_single_stage(stencil_function<Numbers>(), Backend(), grid, out, in); };
  const auto fetch = [=](double* y) {
    auto view = out->const_host_view();
    for (int d = 0; d < D; ++d)
      for (int h = 0; h < H; ++h)
        for (int w = 0; w < W; ++w) y[place(d, h, w)] = view(w + R, h + R, d + R);
  };
  return {name, run, fetch};
}

template <class Numbers>
std::vector<bench::stencil_run> ways_of(const esp::dims5& shape, const double* x) {
  return {way<Numbers, gt::storage::cpu_ifirst, st::cpu_ifirst<>>("cpu_ifirst", shape, x),
          way<Numbers, gt::storage::cpu_kfirst, st::cpu_kfirst<>>("cpu_kfirst", shape, x)};
}

std::vector<bench::stencil_run> ways(const std::string& row, const esp::dims5& shape, const double* x) {
  using namespace bench::structures;
  if (row == "T1") return ways_of<numbers<T1, number_of>>(shape, x);
  if (row == "T2") return ways_of<numbers<T2, number_of>>(shape, x);
  if (row == "T6") return ways_of<numbers<T6, fourth_order>>(shape, x);
  return {};
}

const bench::enrolled_stencil_peer enrolled({"GridTools", ways});

}  // namespace
