// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// oneDNN 2.x in float: plain memory, or the formats of its own choice, for inference and for training.
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <unordered_map>

#include "peer.hpp"

namespace {

using esp::index_t;
using type = dnnl::memory::data_type;
using tag = dnnl::memory::format_tag;
using desc = dnnl::memory::desc;
using action = std::function<void()>;

dnnl::engine& engine() {
  static dnnl::engine one(dnnl::engine::kind::cpu, 0);
  return one;
}

dnnl::stream& stream() {
  static dnnl::stream one(engine());
  return one;
}

/// What the application holds (plain), and the same in the format the primitive wants; one memory where they agree.
struct operand {
  dnnl::memory plain;
  dnnl::memory own;

  operand(const desc& held, const desc& wanted, const float* data)
      : plain(held, engine(), const_cast<float*>(data)), own(held == wanted ? plain : dnnl::memory(wanted, engine())) {}

  [[nodiscard]] bool reordered() const { return plain.get_desc() != own.get_desc(); }
  [[nodiscard]] action to_own() const { return move(plain, own); }
  [[nodiscard]] action to_plain() const { return move(own, plain); }

 private:
  [[nodiscard]] action move(dnnl::memory from, dnnl::memory to) const {
    if (!reordered()) return [] {};
    return [reorder = dnnl::reorder(from, to), from, to]() mutable { reorder.execute(stream(), from, to); };
  }
};

/// Sizes and plain formats of a convolution.
struct description {
  dnnl::memory::dims stride, dilation, before, after;
  desc x, weight, bias, y;

  explicit description(const esp::conv_problem& p) {
    const esp::conv3d& c = p.config;
    const esp::dims5 &X = p.input, &Y = p.output;
    const esp::weight_shape W = p.weight();
    const esp::extents &k = c.kernel_size, &s = c.stride, &l = c.dilation;
    const esp::pads pad = esp::detail::pads_of(c);
    stride = {s.d, s.h, s.w};
    dilation = {l.d - 1, l.h - 1, l.w - 1};
    before = {pad.before.d, pad.before.h, pad.before.w};
    // As much as the outputs reach, which is less than the padding where the stride leaves a rest.
    const auto reach = [](index_t out, index_t s1, index_t l1, index_t k1, index_t in, index_t pad1) {
      return (out - 1) * s1 + l1 * (k1 - 1) + 1 - in - pad1;
    };
    after = {reach(Y.d, s.d, l.d, k.d, X.d, pad.before.d), reach(Y.h, s.h, l.h, k.h, X.h, pad.before.h),
             reach(Y.w, s.w, l.w, k.w, X.w, pad.before.w)};
    x = desc({X.n, X.c, X.d, X.h, X.w}, type::f32, tag::ncdhw);
    y = desc({Y.n, Y.c, Y.d, Y.h, Y.w}, type::f32, tag::ncdhw);
    bias = desc({Y.c}, type::f32, tag::x);
    if (c.groups > 1) {
      weight = desc({c.groups, W.out / c.groups, W.in, k.d, k.h, k.w}, type::f32, tag::goidhw);
    } else {
      weight = desc({W.out, W.in, k.d, k.h, k.w}, type::f32, tag::oidhw);
    }
  }
};

desc any(const desc& d) { return desc(d.dims(), type::f32, tag::any); }

using arguments = std::unordered_map<int, dnnl::memory>;

bench::candidate finish(const std::string& name, const dnnl::primitive& primitive, const arguments& args,
                        const std::vector<operand>& in, const operand* weight, const operand& out) {
  bool reordered = out.reordered();
  std::vector<action> tensors, all;
  const auto add = [&](const operand& o, bool is_weight) {
    if (!o.reordered()) return;
    reordered = true;
    all.push_back(o.to_own());
    all.back()();  // so that the best case finds its operands
    if (!is_weight) tensors.push_back(all.back());
  };
  for (const operand& o : in) add(o, false);
  if (weight != nullptr) add(*weight, true);
  stream().wait();
  const action compute = [primitive, args] { primitive.execute(stream(), args); };
  const auto after_reorders = [&](const std::vector<action>& before) {
    return action([before, compute, after = out.to_plain()] {
      for (const action& reorder : before) reorder();
      compute();
      after();
      stream().wait();
    });
  };
  action same = after_reorders(all), packed, best;
  if (tensors.size() < all.size()) packed = after_reorders(tensors);
  if (reordered) {
    best = [compute] {
      compute();
      stream().wait();
    };
  }
  return {name + (reordered ? ", reordered" : ", plain"), std::move(same), std::move(best), std::move(packed)};
}

/// One primitive. @param own: formats of oneDNN's choice for the tensors, which may be plain; the weight's always are.
bench::candidate make(const bench::job<float>& j, bool own, bool inference) {
  const description d(j.problem);
  const auto x = own ? any(d.x) : d.x, y = own ? any(d.y) : d.y, w = any(d.weight);
  const auto kind = inference ? dnnl::prop_kind::forward_inference : dnnl::prop_kind::forward_training;
  constexpr auto direct = dnnl::algorithm::convolution_direct;
  const dnnl::convolution_forward::primitive_desc forward(
      {kind, direct, x, w, d.bias, y, d.stride, d.dilation, d.before, d.after}, engine());
  const std::string kind_name = inference ? ", inference" : "";
  switch (j.way) {
    case bench::direction::forward: {
      const operand X(d.x, forward.src_desc(), j.x), W(d.weight, forward.weights_desc(), j.weight);
      const operand B(d.bias, d.bias, j.bias), Y(d.y, forward.dst_desc(), j.result);
      return finish(forward.impl_info_str() + kind_name, dnnl::convolution_forward(forward),
                    {{DNNL_ARG_SRC, X.own}, {DNNL_ARG_WEIGHTS, W.own}, {DNNL_ARG_BIAS, B.own}, {DNNL_ARG_DST, Y.own}},
                    {X}, &W, Y);
    }
    case bench::direction::backward_data: {
      const dnnl::convolution_backward_data::primitive_desc p(
          {direct, x, w, y, d.stride, d.dilation, d.before, d.after}, engine(), forward);
      const operand X(d.x, p.diff_src_desc(), j.result), W(d.weight, p.weights_desc(), j.weight);
      const operand Y(d.y, p.diff_dst_desc(), j.grad_y);
      return finish(p.impl_info_str(), dnnl::convolution_backward_data(p),
                    {{DNNL_ARG_DIFF_SRC, X.own}, {DNNL_ARG_WEIGHTS, W.own}, {DNNL_ARG_DIFF_DST, Y.own}}, {Y}, &W, X);
    }
    case bench::direction::backward_weights:
      break;
  }
  const dnnl::convolution_backward_weights::primitive_desc p({direct, x, w, y, d.stride, d.dilation, d.before, d.after},
                                                             engine(), forward);
  const operand X(d.x, p.src_desc(), j.x), W(d.weight, p.diff_weights_desc(), j.result);
  const operand Y(d.y, p.diff_dst_desc(), j.grad_y);
  return finish(p.impl_info_str(), dnnl::convolution_backward_weights(p),
                {{DNNL_ARG_SRC, X.own}, {DNNL_ARG_DIFF_WEIGHTS, W.own}, {DNNL_ARG_DIFF_DST, Y.own}}, {X, Y}, nullptr,
                W);
}

std::vector<bench::candidate> candidates(const bench::job<float>& j) {
  std::vector<bench::candidate> all;
  for (const bool own : {false, true}) {
    for (const bool inference : {false, true}) {
      if (inference && j.way != bench::direction::forward) continue;
      try {
        all.push_back(make(j, own, inference));
      } catch (const dnnl::error&) {
        // It has no implementation of this problem on this memory.
      }
    }
  }
  return all;
}

const bench::enrolled_peer<float> single({"oneDNN", true, candidates});
const bool named = [] {
  const dnnl_version_t* v = dnnl_version();
  bench::peer_versions().push_back("oneDNN " + std::to_string(v->major) + "." + std::to_string(v->minor) + "." +
                                   std::to_string(v->patch));
  return true;
}();

}  // namespace
