// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/either_plan.hpp>
#include <type_traits>

#include "support/catch.hpp"

namespace {

struct usual {
  struct plan_type {
    const int& asked;  // as plans refer to their configuration: it can be copied, not assigned
    int size;
  };
};
struct rare {
  struct plan_type {
    long count;
  };
};
// A kernel whose functions nobody may instantiate.
template <class T>
struct refused {
  struct plan_type {};
  static int run() { return T::there_is_none; }
};

constexpr int asked = 7;

// Counts what `make` was asked for.
struct maker {
  int& usuals;
  int& rares;

  usual::plan_type operator()(usual) const { return ++usuals, usual::plan_type{asked, 3}; }
  rare::plan_type operator()(rare) const { return ++rares, rare::plan_type{5}; }
};

}  // namespace

TEST_CASE("a plan is of the kernel that the call asks for", "[plan]") {
  using either = esp::detail::either_plan<usual, rare, true>;
  int usuals = 0, rares = 0, visits = 0;
  const auto first = either::of(false, maker{usuals, rares});
  REQUIRE((!first.is_rare() && usuals == 1 && rares == 0));
  first.visit([&]<class Kernel>(Kernel, const typename Kernel::plan_type& plan) {
    ++visits;
    if constexpr (std::is_same_v<Kernel, usual>) {
      REQUIRE((&plan.asked == &asked && plan.size == 3));
    } else {
      FAIL("the other kernel");
    }
  });
  const auto second = either::of(true, maker{usuals, rares});
  REQUIRE((second.is_rare() && usuals == 1 && rares == 1));
  second.visit([&]<class Kernel>(Kernel, const typename Kernel::plan_type& plan) {
    ++visits;
    if constexpr (std::is_same_v<Kernel, rare>) {
      REQUIRE(plan.count == 5);
    } else {
      FAIL("the other kernel");
    }
  });
  REQUIRE(visits == 2);
}

TEST_CASE("where the second kernel is not possible, a plan is that of the first", "[plan]") {
  using either = esp::detail::either_plan<usual, refused<int>, false>;
  STATIC_REQUIRE(std::is_same_v<decltype(either::held), usual::plan_type>);
  STATIC_REQUIRE(sizeof(either) == sizeof(usual::plan_type));
  int usuals = 0, rares = 0, visits = 0;
  const auto plan = either::of(false, maker{usuals, rares});
  REQUIRE((!plan.is_rare() && usuals == 1));
  plan.visit([&]<class Kernel>(Kernel, const auto& held) {
    STATIC_REQUIRE(std::is_same_v<Kernel, usual>);
    REQUIRE(&held == &plan.held);
    ++visits;
  });
  REQUIRE(visits == 1);
}

TEST_CASE("the plan of backward's kernels has that of each", "[plan]") {
  using kernels = esp::detail::backward_kernels<usual, rare>;
  STATIC_REQUIRE((std::is_same_v<kernels::data, usual> && std::is_same_v<kernels::weights, rare>));
  const kernels::plan_type plan{{asked, 2}, {4}};
  REQUIRE((plan.data.size == 2 && plan.weights.count == 4));
}
