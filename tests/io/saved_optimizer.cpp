// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/io/saved_optimizer.hpp>
#include <espalier/layer.hpp>
#include <espalier/optim/adam.hpp>
#include <espalier/optim/sgd.hpp>
#include <string>

#include "io/zip_file.hpp"
#include "support/layer.hpp"

namespace {

struct memory_file {
  std::string bytes{};
  void write(std::span<const std::byte> more) { bytes.append(reinterpret_cast<const char*>(more.data()), more.size()); }
};

using conv = esp::constrained_conv3d<esp::conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = 3}>;

std::vector<std::string> members_of(const auto& optimiser) {
  memory_file file;
  esp::detail::archive_writer<memory_file> to(file);
  esp::detail::write_members(to, "", optimiser);
  to.finish();
  return test::zip_file(file.bytes).names();
}

}  // namespace

TEST_CASE("an optimiser's members: its text, and the buffers that it has", "[checkpoint]") {
  conv layer;
  esp::optimizer adam(esp::adam{}, layer);
  REQUIRE(members_of(adam) == std::vector<std::string>{"optimizer.txt"});
  layer.weight_gradient().fill(1);
  adam.step();
  REQUIRE(members_of(adam) == std::vector<std::string>{"optimizer.txt", "optimizer.0.weight.first_moment.npy",
                                                       "optimizer.0.bias.first_moment.npy",
                                                       "optimizer.0.weight.second_moment.npy",
                                                       "optimizer.0.bias.second_moment.npy"});
  STATIC_REQUIRE(esp::IsSavableOptimizer<decltype(adam)>);
  STATIC_REQUIRE_FALSE(esp::IsSavableOptimizer<conv>);
}

TEST_CASE("steps and buffers have ranges", "[checkpoint]") {
  esp::layer_state<float> state;
  const auto take = [&](std::string_view line) { return esp::detail::take_steps(line, 2, state); };
  REQUIRE((take("steps = 0, buffers = 0") && state.fresh));
  REQUIRE((take("steps = 9007199254740992, buffers = 2") && !state.fresh && state.steps == esp::index_t{1} << 53));
  for (const char* line :
       {"steps = 9007199254740993, buffers = 2", "steps = 9223372036854775807, buffers = 2", "steps = -1, buffers = 2",
        "steps = 1, buffers = 1", "steps = 1, buffers = 3", "steps = 1, buffers = -2", "steps = 1", ""}) {
    INFO(line);
    REQUIRE_FALSE(take(line));
  }
}
