// SPDX-License-Identifier: BSD-3-Clause
// Layers on drawn shapes and splits over threads as ranks: outputs and gradients of the input with the bits of the
// whole layer, gradients of the parameters with those of one rank.
#include <cmath>
#include <cstring>
#include <espalier/distributed/distributed.hpp>
#include <string>
#include <vector>

#include "distributed/drawn_splits.hpp"
#include "distributed/virtual_ranks.hpp"
#include "support/catch.hpp"

namespace {

using esp::decomposition, esp::dims5, esp::index_t, esp::tensor_part;

/// Runs drawn cases of a layer on threads.
template <class Layer>
void check(int cases, unsigned seed) {
  drawn::splits draw(seed);
  for (int i = 0; i < cases; ++i) {
    const drawn::split_case one = draw.next<Layer>();
    INFO(drawn::words_of(one));
    const auto expected = drawn::on_one_rank<Layer>(one, [](Layer& layer, auto&& body) {
      drawn::virtual_ranks alone(1);
      alone.run([&](auto& halo) { body(layer, halo); });
    });
    REQUIRE(expected.error == "");
    drawn::virtual_ranks world(one.split.ranks());
    std::vector<std::string> wrong(static_cast<std::size_t>(one.split.ranks()));
    std::vector<index_t> sent(wrong.size()), received(wrong.size());
    world.run([&](auto& halo) {
      const auto rank = static_cast<std::size_t>(halo.rank());
      Layer layer = drawn::layer_of<Layer>(one);
      wrong[rank] = drawn::compare(layer, halo, one, expected, sent[rank]);
      received[rank] = halo.bytes_received;
    });
    for (const std::string& each : wrong) REQUIRE(each == "");
    index_t all_sent = 0, all_received = 0;
    for (std::size_t r = 0; r < wrong.size(); ++r) all_sent += sent[r], all_received += received[r];
    REQUIRE(all_sent * static_cast<index_t>(sizeof(typename Layer::element)) == all_received);
  }
}

}  // namespace

TEST_CASE("split layers have the bits of whole ones", "[distributed]") {
  check<drawn::strided_layer>(30, 1);
  check<drawn::tiled_layer>(20, 2);
  check<drawn::mirrored_layer>(30, 3);
}

TEST_CASE("under 3^3 taps a slab sends a plane to either side", "[distributed]") {
  constexpr esp::dims5 input{2, 3, 12, 10, 9};
  esp::constrained_conv3d<drawn::plain> layer{esp::seed{1}};
  drawn::virtual_ranks world(4);
  std::vector<index_t> sent(4), back(4);
  world.run([&](auto& halo) {
    const esp::distributed conv(layer, halo, {.d = 4});
    sent[static_cast<std::size_t>(halo.rank())] = conv.forward_sent(input);
    const esp::distributed corners(layer, halo, {.h = 2, .w = 2});
    back[static_cast<std::size_t>(halo.rank())] = corners.forward_sent(input);
  });
  constexpr index_t plane = 2 * 3 * 10 * 9;
  REQUIRE(sent == std::vector<index_t>{plane, 2 * plane, 2 * plane, plane});
  // Parts of 5 x 5 and 5 x 4 columns: a side of each, and the corner.
  REQUIRE(back == std::vector<index_t>{72 * (5 + 5 + 1), 72 * (5 + 4 + 1), 72 * (5 + 5 + 1), 72 * (5 + 4 + 1)});
}

TEST_CASE("what does not fit ends on all ranks alike", "[distributed]") {
  const auto said = [](auto&& work) {
    drawn::virtual_ranks world(3);
    std::vector<std::string> all(3);
    world.run([&](auto& halo) {
      esp::constrained_conv3d<drawn::plain> layer{esp::seed{1}};
      try {
        work(layer, halo);
      } catch (const esp::error& e) {
        all[static_cast<std::size_t>(halo.rank())] = e.what();
      }
    });
    REQUIRE(all[0] == all[1]);
    REQUIRE(all[0] == all[2]);
    return all[0];
  };
  constexpr dims5 input{1, 3, 6, 5, 5};
  const auto run = [input](auto& layer, auto& halo, index_t planes) {
    static_cast<void>(esp::distributed(layer, halo, {.d = 3})(drawn::zeros<float>({1, 3, planes, 5, 5}), input));
  };
  REQUIRE(said([&](auto& layer, auto& halo) { run(layer, halo, halo.rank() == 1 ? 3 : 2); }) ==
          "ESP-283: rank 1 failed, and so do all: ESP-284: x has shape (1, 3, 3, 5, 5) but the part of this rank has "
          "(1, 3, 2, 5, 5); ask input_part or output_part, with the shape of the whole input");
  REQUIRE(said([&](auto& layer, auto& halo) {
            const drawn::broken_team team{halo.rank() == 2};
            static_cast<void>(
                esp::distributed(layer, halo, {.d = 3})(drawn::zeros<float>({1, 3, 2, 5, 5}), input, team));
          }) == "ESP-283: rank 2 failed, and so do all: no thread");
  REQUIRE(said([&](auto& layer, auto& halo) {
            if (halo.rank() == 2) layer.weight().data()[3] += 1;
            run(layer, halo, 2);
          }).starts_with("ESP-282: the ranks have different weights, biases"));
  REQUIRE(said([&](auto& layer, auto& halo) {
            static_cast<void>(
                esp::distributed(layer, halo, {.w = 3})(drawn::zeros<float>({1, 3, 4, 4, 1}), {1, 3, 4, 4, 2}));
          }).starts_with("ESP-283: rank 0 failed, and so do all: ESP-280: a tensor with 2 positions along W"));
}
