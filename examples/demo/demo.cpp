// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Runs constrained filters over a real magnetic resonance image and shows what the constraints do.
///
/// A kernel of free random weights mostly blurs: its response is a copy of the image. A forensic or residual filter
/// must not see the image's content, only what its neighbourhood does not predict; that is what these priors say as
/// types.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <espalier/espalier.hpp>
#include <espalier/io/nifti.hpp>
#include <filesystem>
#include <iostream>
#include <source_location>
#include <span>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "../support/montage.hpp"
#include "../support/progress.hpp"
#include "../support/table.hpp"
#include "measure.hpp"

namespace {

// A custom constraint: zero mean and unit variance over the taps of each kernel.
struct whiten_t : esp::policy<whiten_t> {
  static constexpr auto map(auto w) {
    auto c = w - esp::mean(w);
    return c / esp::sqrt(esp::mean(c * c) + esp::eps);
  }
};
inline constexpr whiten_t whiten{};

// Predicts each voxel from its neighbours, weights nonnegative, and subtracts the voxel itself: what is left is a
// residual.
constexpr auto residual = esp::modes::nonneg >> esp::modes::fixed_center<-1, 1>;
constexpr auto zero_mean = esp::modes::zero_mean;

// The compiler proves that no kernel of the three responds to a constant region.
static_assert(esp::establishes<residual, esp::zero_sum, 5>);
static_assert(esp::establishes<zero_mean, esp::zero_sum>);
static_assert(esp::establishes<whiten, esp::zero_sum>);

template <esp::index_t Extent>
constexpr esp::conv3d bank{
    .in_channels = 1, .out_channels = 4, .kernel_size = Extent, .padding = esp::same, .bias = false};

using tensor = xt::xtensor<float, 5>;

struct arguments {
  std::filesystem::path volume;
  std::filesystem::path output;
  int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  int slices = 3;
};

struct outcome {
  std::string constraint;
  std::string formula;  // a line per class of taps
  std::string proved;
  std::string kernel;
  int passes = 0;
  demo::kernel_numbers before;
  demo::kernel_numbers after;
  demo::response_numbers free_response;
  demo::response_numbers response;
  double operations = 0;  // of a forward: a multiplication and an addition for each tap and output voxel
  double constrain_seconds = 0;
  double forward_seconds = 0;
  std::vector<support::slice> free_slices;
  std::vector<support::slice> slices;
};

// Steps of `run`, and of the program around it, for the progress bar.
constexpr int steps_of_a_filter = 3;
constexpr int steps = 1 + 3 * steps_of_a_filter + 1;

std::span<const float> values(const tensor& t) { return {t.data(), t.size()}; }

/// The voxels of every channel that are `margin` or more away from the border: there a kernel sees the volume alone.
std::vector<float> interior(const tensor& volume, std::size_t margin) {
  const auto& s = volume.shape();
  std::vector<float> out;
  for (std::size_t c = 0; c < s[1]; ++c) {
    for (std::size_t z = margin; z + margin < s[2]; ++z) {
      for (std::size_t y = margin; y + margin < s[3]; ++y) {
        for (std::size_t x = margin; x + margin < s[4]; ++x) out.push_back(volume(0, c, z, y, x));
      }
    }
  }
  return out;
}

/// `count` depths in the middle third of a volume, where a head shows most.
std::vector<std::size_t> depths(std::size_t depth, int count) {
  std::vector<std::size_t> out;
  for (int i = 0; i < count; ++i) {
    const double share = 1.0 / 3 + (i + 0.5) / (3.0 * count);
    out.push_back(std::min(depth - 1, static_cast<std::size_t>(share * static_cast<double>(depth))));
  }
  return out;
}

/// Channel 0 at these depths.
std::vector<support::slice> cut(const tensor& volume, int count) {
  const std::size_t height = volume.shape()[3];
  const std::size_t width = volume.shape()[4];
  std::vector<support::slice> out;
  for (const std::size_t at : depths(volume.shape()[2], count)) {
    const auto plane = values(volume).subspan(at * height * width, height * width);
    out.push_back({height, width, {plane.begin(), plane.end()}});
  }
  return out;
}

/// The least of three runs, in seconds.
template <class Run>
double time_of(Run&& run) {
  double best = 1e30;
  for (int i = 0; i < 3; ++i) {
    const auto start = std::chrono::steady_clock::now();
    run();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

/// The same random weights twice: as they are, and under `Prior`.
template <esp::conv3d Config, auto Prior>
outcome run(std::string name, esp::seed seed, const tensor& image, tensor& response, const arguments& args,
            support::progress& bar) {
  const auto taps = static_cast<std::size_t>(Config.kernel_size.volume());
  const esp::threads team{args.threads};
  const esp::constrained_conv3d<Config, esp::identity> free{seed};
  const esp::constrained_conv3d<Config, Prior> layer{seed};

  outcome out;
  const auto k = Config.kernel_size;
  const auto plan = esp::explain<Config.kernel_size>(Prior);
  out.constraint = std::move(name);
  out.formula = plan.formula.view();
  out.proved = plan.establishes.view();
  out.passes = plan.passes;
  out.kernel = std::to_string(k.d) + "x" + std::to_string(k.h) + "x" + std::to_string(k.w);

  out.operations = 2.0 * static_cast<double>(taps) * static_cast<double>(response.size());

  bar.next(out.constraint + ": free weights");
  free.forward(image, response, team);
  out.free_response = demo::measure_response(interior(image, 2), interior(response, 2));
  out.free_slices = cut(response, args.slices);

  bar.next(out.constraint + ": constrain");
  tensor weight;
  out.constrain_seconds = time_of([&] { weight = layer.constrained_weight(); });
  out.before = demo::measure_kernels(values(layer.weight()), taps);
  out.after = demo::measure_kernels(values(weight), taps);

  bar.next(out.constraint + ": constrained weights");
  out.forward_seconds = time_of([&] { layer.forward(image, response, team); });
  out.response = demo::measure_response(interior(image, 2), interior(response, 2));
  out.slices = cut(response, args.slices);
  return out;
}

void print(std::span<const outcome> all, std::size_t voxels, int threads) {
  using support::number;
  using enum support::table::align;

  support::table priors({{"constraint"}, {"kernel"}, {"passes", right}, {"constrained tap, and what is proved of it"}});
  for (const auto& o : all) {
    std::istringstream formula(o.formula);
    std::string line;
    std::getline(formula, line);
    priors.row({o.constraint, o.kernel, std::to_string(o.passes), line});
    while (std::getline(formula, line)) priors.row({"", "", "", line});
    priors.row({"", "", "", "=> " + o.proved});
  }
  std::cout << priors << '\n';

  support::table held({{"what holds (4 kernels)"}, {"quantity"}, {"before", right}, {"after", right}});
  for (const auto& o : all) {
    const auto add = [&](const std::string& title, const char* what, auto member) {
      const demo::range_of& a = o.before.*member;
      const demo::range_of& b = o.after.*member;
      held.row({title, what, support::range(a.low, a.high), support::range(b.low, b.high)});
    };
    add(o.constraint, "sum", &demo::kernel_numbers::sum);
    add("", "l2 norm", &demo::kernel_numbers::l2);
    add("", "smallest tap", &demo::kernel_numbers::smallest);
    add("", "centre tap", &demo::kernel_numbers::centre);
  }
  std::cout << held << '\n';

  support::table seen({{"response"},
                       {"likeness to image", right},
                       {"rms", right},
                       {"constrain, us", right},
                       {"forward, ms", right},
                       {"Mvoxel/s", right},
                       {"GF/s", right}});
  for (const auto& o : all) {
    seen.row({o.constraint, number(o.free_response.correlation) + " -> " + number(o.response.correlation),
              number(o.free_response.rms) + " -> " + number(o.response.rms), number(1e6 * o.constrain_seconds),
              number(1e3 * o.forward_seconds), number(1e-6 * static_cast<double>(voxels) / o.forward_seconds),
              number(1e-9 * o.operations / o.forward_seconds)});
  }
  std::cout << seen << "(likeness: magnitude of the correlation with the image; it and the rms two voxels off the "
            << "border, 1 is a copy; 4 channels, " << threads << (threads == 1 ? " thread)\n\n" : " threads)\n\n");
}

/// A row a slice: the image, then for each filter the response of free and of constrained weights.
support::image montage_of(const tensor& image, std::span<const outcome> all, const arguments& args) {
  const auto input = cut(image, args.slices);
  // Small volumes are enlarged to tiles of about 200 pixels.
  const std::size_t zoom = std::max<std::size_t>(1, 200 / std::max(input[0].height, input[0].width));
  std::vector<support::image> tiles;
  for (std::size_t row = 0; row < input.size(); ++row) {
    tiles.push_back(support::grey(input[row], 0.0F, support::magnitude(input), zoom));
    for (const auto& o : all) {
      for (const auto* slices : {&o.free_slices, &o.slices}) {
        const float scale = support::magnitude(*slices);
        tiles.push_back(support::grey((*slices)[row], -scale, scale, zoom));
      }
    }
  }
  support::captions named{.columns = {"image"}};
  for (const auto& o : all) {
    named.columns.push_back(o.constraint + " " + o.kernel + ": free weights");
    named.columns.push_back(o.constraint + " " + o.kernel + ": constrained");
  }
  for (const std::size_t depth : depths(image.shape()[2], args.slices)) {
    named.rows.push_back("z " + std::to_string(depth));
  }
  return support::montage(tiles, 1 + 2 * all.size(), named);
}

/// The whole template where Debian's mricron-data is installed, else the crop that lies beside this file.
std::filesystem::path default_volume() {
  const std::filesystem::path installed = "/usr/share/mricron/templates/ch2.nii.gz";
  if (std::filesystem::exists(installed)) return installed;
  return std::filesystem::path(std::source_location::current().file_name()).parent_path() / "data" / "ch2_crop.nii.gz";
}

void run_demo(const arguments& args) {
  support::progress bar(steps);
  bar.next("reading " + args.volume.filename().string());
  const auto read = esp::read_nifti(args.volume);
  const auto brightest = *std::max_element(read.data.begin(), read.data.end());
  const auto extent = [](esp::index_t size) { return static_cast<std::size_t>(size); };
  const std::size_t voxels = read.data.size();
  tensor image = tensor::from_shape({1, 1, extent(read.size.d), extent(read.size.h), extent(read.size.w)});
  std::transform(read.data.begin(), read.data.end(), image.data(),
                 [&](float voxel) { return brightest > 0 ? voxel / brightest : voxel; });
  tensor response = tensor::from_shape({1, 4, extent(read.size.d), extent(read.size.h), extent(read.size.w)});

  std::vector<outcome> all;
  all.push_back(run<bank<5>, residual>("nonneg >> fixed_center", esp::seed{1}, image, response, args, bar));
  all.push_back(run<bank<3>, zero_mean>("zero_mean", esp::seed{2}, image, response, args, bar));
  all.push_back(run<bank<3>, whiten>("whiten (custom)", esp::seed{3}, image, response, args, bar));

  bar.next("writing " + args.output.filename().string());
  support::write_png(args.output, montage_of(image, all, args));
  bar.finish();

  std::cout << args.volume.string() << ": " << read.size.d << " x " << read.size.h << " x " << read.size.w
            << " voxels of " << read.spacing[0] << " x " << read.spacing[1] << " x " << read.spacing[2] << "\n\n";
  print(all, voxels, args.threads);
  std::cout << "image, then free and constrained response of each filter, " << args.slices
            << " slices: " << args.output.string() << '\n';
}

}  // namespace

int main(int count, char** values) {
  arguments args;
  args.volume = default_volume();
  args.output = std::filesystem::path(values[0]).replace_filename("demo.png");
  CLI::App app("Constrained 3-D filters on a magnetic resonance image");
  app.add_option("volume", args.volume, "NIfTI-1 file, .nii or .nii.gz")->capture_default_str();
  app.add_option("-o,--output", args.output, "PNG montage of the slices")->capture_default_str();
  app.add_option("-t,--threads", args.threads, "threads of the convolution")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("-s,--slices", args.slices, "slices in the montage")->check(CLI::Range(1, 20))->capture_default_str();
  CLI11_PARSE(app, count, values);
  try {
    run_demo(args);
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
  }
}
