// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <espalier/tensor/view.hpp>
#include <numeric>
#include <vector>

#include "support/layer.hpp"
#include "support/xtensor.hpp"

namespace {

using shape5 = support::shape5;

/// A tensor that holds 0, 1, 2, ... in memory order.
template <class T = float>
esp::tensor<T, 5> counted(const shape5& shape) {
  esp::tensor<T, 5> t(shape);
  std::iota(t.begin(), t.end(), T{0});
  return t;
}

/// Whether the view reads the expression's own memory.
template <class T = float, class E>
bool in_place(const E& e, const T* begin) {
  return esp::input_view<T>(e).data() == begin;
}

/// The elements as the view presents them.
template <class T = float, class E>
std::vector<T> elements(const E& e) {
  const esp::input_view<T> view(e);
  return {view.data(), view.data() + view.dims().size()};
}

/// The elements in the order of the axes, by index.
template <class E>
std::vector<float> by_index(const E& e) {
  std::vector<float> result;
  const auto& s = e.shape();
  for (std::size_t n = 0; n < std::size_t(s[0]); ++n)
    for (std::size_t c = 0; c < std::size_t(s[1]); ++c)
      for (std::size_t d = 0; d < std::size_t(s[2]); ++d)
        for (std::size_t h = 0; h < std::size_t(s[3]); ++h)
          for (std::size_t w = 0; w < std::size_t(s[4]); ++w) result.push_back(e(n, c, d, h, w));
  return result;
}

}  // namespace

TEST_CASE("the rank is judged at compile time where it is known", "[view]") {
  STATIC_REQUIRE(esp::HasFiveAxes<xt::xtensor<float, 5>>);
  STATIC_REQUIRE(esp::HasFiveAxes<const xt::xtensor<float, 5>&>);
  STATIC_REQUIRE(esp::HasFiveAxes<xt::xarray<float>>);
  STATIC_REQUIRE_FALSE(esp::HasFiveAxes<xt::xtensor<float, 4>>);
  const xt::xtensor<float, 5> a;
  const xt::xtensor<float, 4> b;
  STATIC_REQUIRE(esp::HasFiveAxes<decltype(a + 1)>);
  STATIC_REQUIRE_FALSE(esp::HasFiveAxes<decltype(xt::view(a, 0))>);
  STATIC_REQUIRE(esp::HasFiveAxes<decltype(xt::view(b, xt::newaxis()))>);
}

TEST_CASE("the shape of an expression, checked", "[view]") {
  const auto t = counted({2, 3, 4, 5, 6});
  REQUIRE(esp::dims_of(t) == esp::dims5{2, 3, 4, 5, 6});
  REQUIRE(esp::dims_of(2 * t) == esp::dims5{2, 3, 4, 5, 6});
  REQUIRE(esp::dims_of(xt::transpose(t)) == esp::dims5{6, 5, 4, 3, 2});
  REQUIRE(esp::dims_of(xt::xarray<float>(t)) == esp::dims5{2, 3, 4, 5, 6});
  REQUIRE(esp::dims_of(counted({0, 3, 4, 5, 6})) == esp::dims5{0, 3, 4, 5, 6});
  using array = xt::xarray<float>;
  REQUIRE(support::throws([] { static_cast<void>(esp::dims_of(array(array::shape_type{2, 3}))); }, "ESP-100", "2 axes",
                          "takes five"));
  REQUIRE(support::throws([] { static_cast<void>(esp::dims_of(array(1.0F))); }, "ESP-100", "0 axes"));
  const shape5 huge{std::size_t{1} << 40, 1, std::size_t{1} << 40, 1, 1};
  REQUIRE(support::throws([&] { static_cast<void>(esp::dims_of(xt::broadcast(counted({1, 1, 1, 1, 1}), huge))); },
                          "ESP-103"));
}

TEST_CASE("contiguous memory of the element type is read in place", "[view]") {
  auto t = counted({2, 3, 4, 5, 6});
  REQUIRE(in_place(t, t.data()));
  const xt::xarray<float> dynamic = t;
  REQUIRE(in_place(dynamic, dynamic.data()));
  REQUIRE(in_place(xt::view(t, xt::range(1, 2)), t.data() + 360));
  REQUIRE(in_place(xt::view(t, xt::all(), xt::all(), xt::all(), xt::all(), xt::all()), t.data()));
  REQUIRE(in_place(xt::strided_view(t, {xt::range(1, 2), xt::ellipsis()}), t.data() + 360));
  REQUIRE(in_place(xt::adapt(t.data(), t.size(), xt::no_ownership(), shape5{1, 6, 4, 5, 6}), t.data()));
  const float* const foreign = t.data();
  REQUIRE(in_place(xt::adapt(foreign, t.size(), xt::no_ownership(), std::vector<std::size_t>{6, 2, 4, 5, 3}), foreign));
  // One block of one channel: the axes of size 1 have strides of the larger tensor.
  REQUIRE(in_place(xt::view(t, xt::range(1, 2), xt::range(2, 3)), t.data() + 600));
  const auto wide = counted<double>({1, 1, 1, 2, 3});
  REQUIRE(in_place<double>(wide, wide.data()));
}

TEST_CASE("anything else is copied in the order of the axes", "[view]") {
  const auto t = counted({2, 3, 4, 5, 6});
  const auto check = [&](const auto& e) {
    REQUIRE_FALSE(in_place(e, t.data()));
    REQUIRE(elements(e) == by_index(e));
  };
  check(xt::view(t, xt::all(), xt::all(), xt::all(), xt::all(), xt::range(0, 5)));
  check(xt::view(t, xt::all(), xt::range(0, 3, 2), xt::all(), xt::range(4, 0, -1), xt::all()));
  check(xt::transpose(t));
  check(xt::flip(t, 0));
  check(xt::xtensor<float, 5, xt::layout_type::column_major>(t));
  check(t + 1);
  check(xt::ones<float>({1, 2, 3, 1, 2}));
  REQUIRE(elements<double>(t) == std::vector<double>(t.begin(), t.end()));
  REQUIRE(elements(counted<double>({1, 1, 1, 2, 3})) == std::vector<float>{0, 1, 2, 3, 4, 5});
  REQUIRE(elements(counted<int>({1, 1, 1, 2, 3})) == std::vector<float>{0, 1, 2, 3, 4, 5});
  REQUIRE(elements(counted({2, 0, 4, 5, 6})).empty());
}

namespace {

/// Where the output of `target` is written before `commit`.
template <class E>
const float* destination(E&& target) {
  return esp::output_view<float, std::remove_reference_t<E>>(target, esp::dims_of(target)).data();
}

}  // namespace

TEST_CASE("an output is written in place where it is contiguous", "[view]") {
  auto t = counted({2, 3, 4, 5, 6});
  REQUIRE(destination(t) == t.data());
  REQUIRE(destination(xt::view(t, xt::range(1, 2))) == t.data() + 360);
  xt::xarray<float> dynamic = t;
  REQUIRE(destination(dynamic) == dynamic.data());
  REQUIRE(destination(xt::adapt(t.data(), t.size(), xt::no_ownership(), shape5{1, 6, 4, 5, 6})) == t.data());

  const float* const begin = t.data();
  const float* const end = begin + t.size();
  const float* const copy = destination(xt::view(t, xt::all(), xt::range(0, 2)));
  REQUIRE((std::less<const float*>{}(copy, begin) || !std::less<const float*>{}(copy, end)));
}

TEST_CASE("an output elsewhere is written by commit and by nothing before", "[view]") {
  auto t = counted({2, 3, 1, 1, 2});
  const auto before = t;
  auto target = xt::view(t, xt::all(), xt::range(0, 3, 2));
  esp::output_view<float, decltype(target)> view(target, {2, 2, 1, 1, 2});
  for (esp::index_t i = 0; i < 8; ++i) view.data()[i] = -1 - static_cast<float>(i);
  REQUIRE(support::same(t, before));
  view.commit();
  REQUIRE(std::vector<float>(t.begin(), t.end()) == std::vector<float>{-1, -2, 2, 3, -3, -4, -5, -6, 8, 9, -7, -8});

  xt::xtensor<double, 5> wide(shape5{1, 1, 1, 1, 2});
  esp::output_view<float, xt::xtensor<double, 5>> converted(wide, {1, 1, 1, 1, 2});
  converted.data()[0] = 3;
  converted.data()[1] = 4;
  converted.commit();
  REQUIRE(wide(0, 0, 0, 0, 1) == 4);
}

TEST_CASE("an output of another shape is refused", "[view]") {
  auto t = counted({2, 3, 4, 5, 6});
  const auto view = [&](esp::dims5 dims) {
    return [&t, dims] { esp::output_view<float, esp::tensor<float, 5>> unused(t, dims); };
  };
  REQUIRE(support::throws(view({2, 3, 4, 5, 7}), "ESP-107", "(2, 3, 4, 5, 6)", "(2, 3, 4, 5, 7)"));
  REQUIRE(support::throws(view({3, 2, 4, 5, 6}), "ESP-107"));
  REQUIRE(support::sentence(view({2, 3, 4, 5, 6})).empty());
}
