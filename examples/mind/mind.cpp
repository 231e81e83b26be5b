// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Finds how far a copy of an image was moved that has another brightness and contrast too, by descriptors that do not
/// see these: MIND, and the local cross-correlation.
///
/// All of it is convolution with kernels of which everything or nearly everything is known: differences of two voxels
/// (6 taps of 27 that are not zero) and means over 5^3 and 9^3 voxels. The priors say so, and the layers do no more
/// work than that takes; the same layers without the priors multiply by every zero.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <espalier/espalier.hpp>
#include <filesystem>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "../support/montage.hpp"
#include "../support/progress.hpp"
#include "../support/table.hpp"
#include "../support/volume.hpp"
#include "descriptor.hpp"
#include "loops.hpp"
#include "pictures.hpp"

namespace {

using mind::tensor;

struct arguments {
  std::filesystem::path volume = support::shipped_volume();
  std::filesystem::path output;
  int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  std::size_t side = 0;  // of a cube in the middle of the volume; 0: all of it
  double seconds = 0.2;
};

constexpr std::size_t true_shift = 2;  // voxels along the width
constexpr std::size_t most = 4;        // shifts that are tried
constexpr float contrast = 0.6F, brightness = 0.2F;
constexpr float least_variance = 1e-4F;  // of an image whose brightest voxel is 1
constexpr std::size_t rim = 8;           // voxels whose windows reach beyond the image, and those that moved in

/// A cube in the middle of the volume; all of it where `side` is 0. Throws for a side that the volume has not.
tensor middle(const tensor& volume, std::size_t side) {
  const auto& s = volume.shape();
  if (side == 0) return volume;
  if (std::min({s[2], s[3], s[4]}) < side) {
    throw std::runtime_error("the volume has fewer voxels along an axis than the cube; ask for a smaller --side");
  }
  return support::cut(volume, {(s[2] - side) / 2, (s[3] - side) / 2, (s[4] - side) / 2}, {side, side, side});
}

/// The image by `voxels` further along the width; what moves in is the last voxel of its side.
tensor moved(const tensor& image, std::ptrdiff_t voxels) {
  tensor out = image;
  const auto W = static_cast<std::ptrdiff_t>(image.shape()[4]);
  for (std::size_t row = 0; row < image.size(); row += image.shape()[4]) {
    for (std::ptrdiff_t w = 0; w < W; ++w) {
      out.data()[row + static_cast<std::size_t>(w)] =
          image.data()[row + static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(w - voxels, 0, W - 1))];
    }
  }
  return out;
}

/// Mean over the voxels away from the faces, of those that `use` takes; of all channels.
template <class Value>
double mean_inside(const tensor& shape_of, const Value& value) {
  const auto& s = shape_of.shape();
  double sum = 0, count = 0;
  for (std::size_t c = 0; c < s[1]; ++c) {
    for (std::size_t d = rim; d + rim < s[2]; ++d) {
      for (std::size_t h = rim; h + rim < s[3]; ++h) {
        for (std::size_t w = rim; w + rim < s[4]; ++w) {
          const double v = value((((c * s[2]) + d) * s[3] + h) * s[4] + w);
          if (v < 0) continue;
          sum += v;
          count += 1;
        }
      }
    }
  }
  return count > 0 ? sum / count : 0;
}

double mean_distance(const tensor& a, const tensor& b) {
  return mean_inside(a, [&](std::size_t i) { return std::abs(static_cast<double>(a.data()[i] - b.data()[i])); });
}
double mean_of(const tensor& a) {
  return mean_inside(a, [&](std::size_t i) { return static_cast<double>(a.data()[i]); });
}

/// Largest difference over the largest magnitude.
double difference(const tensor& a, const tensor& b) {
  double apart = 0, scale = 1e-30;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double u = static_cast<double>(a.data()[i]), v = static_cast<double>(b.data()[i]);
    if (!(std::abs(u - v) <= apart)) apart = std::abs(u - v);
    scale = std::max(scale, std::abs(v));
  }
  return apart / scale;
}

/// The three ways of one sum: seconds, and how far the others' results are from the loop's.
struct timing {
  std::string what;
  double known = 0, dense = 0, loop = 0;
  double apart = 0;
};

/// Medians of calls one after the other of each way in turn, so that a busy machine meets all alike.
std::array<double, 3> seconds_of(const std::array<std::function<void()>, 3>& ways, double least) {
  std::array<std::vector<double>, 3> times;
  double spent = 0;
  while (times[0].size() < 3 || spent < least) {
    for (std::size_t i = 0; i < 3; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      ways[i]();
      times[i].push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
      spent += times[i].back();
    }
  }
  std::array<double, 3> out{};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto middle = times[i].begin() + static_cast<std::ptrdiff_t>(times[i].size() / 2);
    std::nth_element(times[i].begin(), middle, times[i].end());
    out[i] = *middle;
  }
  return out;
}

/// `known` beside the same layer without its prior, and beside `loop`.
template <class Layer, class Loop>
timing compare(const std::string& what, const Layer& known, const tensor& x, const Loop& loop, const arguments& args) {
  const esp::threads team{args.threads};
  esp::constrained_conv3d<Layer::config, esp::identity> dense;
  dense.weight() = known.constrained_weight();
  tensor y = known(x, team), y_dense = y, y_loop = y;
  const std::array<std::function<void()>, 3> ways{
      [&] { known.forward(x, y, team); }, [&] { dense.forward(x, y_dense, team); }, [&] { loop(x, y_loop, team); }};
  const auto seconds = seconds_of(ways, args.seconds);
  return {what, seconds[0], seconds[1], seconds[2], std::max(difference(y, y_loop), difference(y_dense, y_loop))};
}

std::vector<timing> time_all(const mind::layers& known, const tensor& image, const tensor& copy, const arguments& args,
                             support::progress& bar) {
  std::vector<timing> out;
  bar.next("timing the differences");
  out.push_back(compare("12 differences, 6 of 27 taps", known.difference, image, mind::loop_differences, args));
  bar.next("timing the means of patches");
  tensor squares = known.difference(image);
  for (float& value : squares) value *= value;
  out.push_back(compare("means over 5^3, 12 channels", known.patch, squares, mind::loop_means<2>, args));
  bar.next("timing the means of windows");
  out.push_back(
      compare("means over 9^3, 5 channels", known.window, mind::maps_of(image, copy), mind::loop_means<4>, args));
  return out;
}

/// One shift that is tried.
struct trial {
  double intensity = 0, descriptor = 0, correlation = 0;
};

int run_example(const arguments& args) {
  support::progress bar(static_cast<int>(most) + 7);
  bar.next("reading " + args.volume.filename().string());
  const tensor image = middle(support::load(args.volume), args.side);
  const auto& s = image.shape();
  if (std::min({s[2], s[3], s[4]}) <= 2 * rim) {
    throw std::runtime_error("the volume has at most " + std::to_string(2 * rim) +
                             " voxels along an axis; use a larger one");
  }
  tensor copy = moved(image, true_shift);
  for (float& voxel : copy) voxel = contrast * voxel + brightness;

  const esp::threads team{args.threads};
  const mind::layers known;
  const tensor fixed_descriptor = mind::descriptor(known, image, team);
  std::vector<trial> trials;
  tensor before, after, moving_descriptor;
  for (std::size_t shift = 0; shift <= most; ++shift) {
    bar.next("moving the copy back by " + std::to_string(shift));
    const tensor back = moved(copy, -static_cast<std::ptrdiff_t>(shift));
    const tensor descriptor = mind::descriptor(known, back, team);
    const tensor correlation = mind::local_correlation(known, image, back, least_variance, team);
    trials.push_back({mean_distance(image, back), mean_distance(fixed_descriptor, descriptor), mean_of(correlation)});
    if (shift == 0) before = correlation, moving_descriptor = descriptor;
    if (shift == true_shift) after = correlation;
  }
  const std::vector<timing> timings = time_all(known, image, copy, args, bar);
  bar.next("writing " + args.output.filename().string());
  support::write_png(
      args.output,
      mind::slices({{{&image, &fixed_descriptor, &before, "image"}, {&copy, &moving_descriptor, &after, "copy"}}}));
  bar.finish();

  using support::fixed;
  using enum support::table::align;
  support::table found(
      {{"copy moved back by"}, {"intensities apart", right}, {"MIND apart", right}, {"local correlation", right}});
  for (std::size_t shift = 0; shift <= most; ++shift) {
    const trial& t = trials[shift];
    found.row({std::to_string(shift), fixed(t.intensity, 3), fixed(t.descriptor, 3), fixed(t.correlation, 3)});
  }
  support::table times(
      {{"layer"}, {"ms", right}, {"without the prior", right}, {"plain loop", right}, {"apart", right}});
  constexpr double tolerance = 2e-5;  // of the largest magnitude: sums of up to 729 floats in other orders
  bool close = true;
  for (const timing& t : timings) {
    times.row({t.what, fixed(1e3 * t.known, 2), fixed(t.dense / t.known, 1) + "x", fixed(t.loop / t.known, 1) + "x",
               t.apart <= tolerance ? "no more than 2e-5" : support::number(t.apart)});
    close = close && t.apart <= tolerance;
  }
  std::cout << args.volume.filename().string() << ", " << s[2] << " x " << s[3] << " x " << s[4]
            << " voxels; a copy moved by " << true_shift << " voxels, " << contrast << " of its contrast, "
            << brightness << " brighter\n\n"
            << found << '\n'
            << times << "\n(" << args.threads << (args.threads == 1 ? " thread" : " threads")
            << "; x: times as long as the layer)\n\nslices: " << args.output.string() << '\n';

  const auto best = [&](auto less) {
    return static_cast<std::size_t>(std::min_element(trials.begin(), trials.end(), less) - trials.begin());
  };
  const bool descriptor_found =
      best([](const trial& a, const trial& b) { return a.descriptor < b.descriptor; }) == true_shift;
  const bool correlation_found =
      best([](const trial& a, const trial& b) { return a.correlation > b.correlation; }) == true_shift;
  if (!close) std::cerr << "a layer differs from the plain loop by more than 2e-5 of the largest magnitude\n";
  if (!descriptor_found || !correlation_found) std::cerr << "the shift was not found; is there signal in the volume?\n";
  const bool certain = trials[true_shift].correlation > 0.999;
  if (!certain) std::cerr << "the copy, moved back, has a local correlation of less than 0.999\n";
  return close && descriptor_found && correlation_found && certain ? 0 : 1;
}

}  // namespace

int main(int count, char** values) {
  arguments args;
  args.output = std::filesystem::path(values[0]).replace_filename("mind.png");
  CLI::App app("Finds how far a copy of other contrast was moved, by MIND and local correlation");
  app.add_option("volume", args.volume, "NIfTI-1 file, .nii or .nii.gz")->capture_default_str();
  app.add_option("-o,--output", args.output, "PNG montage of the slices")->capture_default_str();
  app.add_option("--side", args.side, "of a cube in the middle of the volume, voxels; 0: the whole volume")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  app.add_option("--seconds", args.seconds, "spent on timing each layer at least")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("-t,--threads", args.threads, "threads of the convolution")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  CLI11_PARSE(app, count, values);
  try {
    return run_example(args);
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
  }
}
