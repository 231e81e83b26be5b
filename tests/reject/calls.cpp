// SPDX-License-Identifier: BSD-3-Clause
// Refused: layers that are made, called and set in another way than theirs.
#include <espalier/causal_stream.hpp>
#include <espalier/espalier.hpp>
#include <vector>

using esp::constrained_conv3d;
using esp::conv3d;

constexpr conv3d small{.in_channels = 2, .out_channels = 2, .kernel_size = 3};
constexpr conv3d nothing{};
constexpr char word[] = "same";
constexpr esp::boundary mirror = esp::boundary::reflect;
constexpr esp::threads team{2};
constexpr esp::seed start{42};

using plain = constrained_conv3d<small>;
constexpr conv3d with_relu{.in_channels = 2, .out_channels = 2, .kernel_size = 3, .activation = esp::activation::relu};
using rectified = constrained_conv3d<with_relu>;
using frozen = esp::frozen_layer<small>;
using capped = constrained_conv3d<small, esp::cap<esp::l2, esp::param<"c">>>;
constexpr esp::padding around = esp::same, past = esp::padding::causal(esp::axis::depth);
template <esp::padding Padding, esp::algorithm Algorithm>
using filter = constrained_conv3d<conv3d{
    .in_channels = 2, .out_channels = 2, .kernel_size = 3, .padding = Padding, .algorithm = Algorithm}>;
using batch = xt::xtensor<float, 5>;
using list = std::vector<float>;
struct recorder {
  void set(const char*, int);
  void backward(const batch&);
};

#ifdef REJECT_PADDING_AS_A_WORD  // reject: ESP-074: padding takes a number  // brief
constexpr conv3d padding_as_a_word{.in_channels = 2, .out_channels = 2, .kernel_size = 3, .padding = word};
#else
constexpr conv3d padding_as_a_word{.in_channels = 2, .out_channels = 2, .kernel_size = 3, .padding = esp::same};
#endif

#ifdef REJECT_PADDING_OF_TWO  // reject: ESP-074: padding takes a number  // brief
constexpr auto padding_of_two = esp::padding{1, 1};
#else
constexpr auto padding_of_two = esp::tap_index{1, 1};
#endif

#ifdef REJECT_BOUNDARY_AS_A_WORD  // reject: ESP-247: boundary takes one of esp::boundary  // brief
constexpr conv3d boundary_as_a_word{.in_channels = 2, .out_channels = 2, .kernel_size = 3, .boundary = word};
#else
constexpr conv3d boundary_as_a_word{.in_channels = 2, .out_channels = 2, .kernel_size = 3, .boundary = mirror};
#endif

#ifdef REJECT_BOUNDARY_OF_TWO  // reject: ESP-247: boundary takes one of esp::boundary  // brief
constexpr auto boundary_of_two = esp::boundaries{mirror, mirror};
#else
constexpr auto boundary_of_two = esp::axis_boundary{mirror, mirror};
#endif

#ifdef REJECT_NOTHING_SET  // reject: ESP-076: in_channels, out_channels and kernel_size have no defaults
constexpr bool nothing_set = esp::validated<nothing>::value;
#else
constexpr bool nothing_set = esp::validated<small>::value;
#endif

#ifdef REJECT_BACKWARD_WITH_A_NUMBER  // reject: ESP-069: backward takes the tensor  // brief
inline void backward_with_a_number(plain& l, const batch& x, const batch& y) { l.backward(x, y, 2); }
#else
inline void backward_with_a_number(plain& l, const batch& x, const batch& y) { l.backward(x, y, team); }
#endif

#ifdef REJECT_BACKWARD_OF_ONE_TENSOR  // reject: ESP-069: backward takes the tensor  // brief
inline void backward_of_one_tensor(plain& l, recorder& r, const batch& y) { r.backward(y), l.backward(y); }
#else
inline void backward_of_one_tensor(plain& l, recorder& r, const batch& y) { r.backward(y), r.backward(y); }
#endif

#ifdef REJECT_BACKWARD_WITHOUT_THE_OUTPUT  // reject: ESP-201: the gradient of this layer.s activation needs  // brief
inline void backward_without_the_output(rectified& l, const batch& x, const batch& g) { l.backward(x, g); }
#else
inline void backward_without_the_output(plain& l, const batch& x, const batch& g) { l.backward(x, g); }
#endif

#ifdef REJECT_BACKWARD_WEIGHTS_WITHOUT_THE_OUTPUT  // reject: ESP-201: .*conv.backward_weights.x, y, grad_y  // brief
inline void backward_weights_without_it(rectified& l, const batch& x, const batch& g) { l.backward_weights(x, g); }
#else
inline void backward_weights_without_it(plain& l, const batch& x, const batch& g) { l.backward_weights(x, g); }
#endif

#ifdef REJECT_RAW_BACKWARD_WITHOUT_THE_OUTPUT  // reject: ESP-201: .*conv.backward.x, dims, y, grad_y, grad_x
inline void raw_backward_without_it(rectified& l, const float* x, float* g) { l.backward(x, {}, g, g); }
#else
inline void raw_backward_without_it(plain& l, const float* x, float* g) { l.backward(x, {}, g, g); }
#endif

#ifdef REJECT_OPERATION_WITHOUT_THE_OUTPUT  // reject: ESP-201: the gradient of an activation needs the output y
inline void operation_without_it(const float* x, float* g) {
  esp::convolution<with_relu>::backward(x, {}, x, x, g, g, g, {});
}
#else
inline void operation_without_it(const float* x, float* g) {
  esp::convolution<small>::backward(x, {}, x, x, g, g, g, {});
}
#endif

#ifdef REJECT_FREEZE_OF_A_FROZEN_LAYER  // reject: ESP-270: this weight is frozen already  // brief
inline auto freeze_of_a_frozen_layer(const frozen& l) { return l.freeze(); }
#else
inline auto freeze_of_a_frozen_layer(const plain& l) { return l.freeze(); }
#endif

#ifdef REJECT_HANDLE_OF_ANOTHER_LAYER  // reject: ESP-271: a packed weight serves the layer, direction and build
inline frozen handle_of_another_layer(const rectified& l) { return l.freeze(); }
#else
inline frozen handle_of_another_layer(const plain& l) { return l.freeze(); }
#endif

#ifdef REJECT_WEIGHT_PACKED_FOR_ANOTHER_LAYER  // reject: ESP-271: a packed weight serves the layer  // brief
inline void packed_for_another(const float* x, float* y, const esp::frozen_convolution<with_relu>::packed& w) {
  esp::frozen_convolution<small>::forward(x, {}, w, y, {});
}
#else
inline void packed_for_another(const float* x, float* y, const esp::frozen_convolution<small>::packed& w) {
  esp::frozen_convolution<small>::forward(x, {}, w, y, {});
}
#endif

#ifdef REJECT_FORWARD_OF_A_GRADIENT  // reject: ESP-272: this handle computes the gradient of the input
inline auto forward_of_it(const plain& l, const batch& x) { return l.freeze<esp::direction::backward_data>()(x); }
#else
inline auto forward_of_it(const plain& l, const batch& x) { return l.freeze<esp::direction::forward>()(x); }
#endif

#ifdef REJECT_FROZEN_GRADIENT_OF_THE_WEIGHT  // reject: ESP-272: the gradient of the weight reads no weight
inline auto frozen_gradient(const plain& l) { return l.freeze<esp::direction::backward_weights>(); }
#else
inline auto frozen_gradient(const plain& l) { return l.freeze<esp::direction::backward_data>(); }
#endif

#ifdef REJECT_CALL_WITH_A_COUNT  // reject: ESP-070: a layer is called with a tensor  // brief
inline auto call_with_a_count(const plain& l, const batch& x) { return l(x, 4); }
#else
inline auto call_with_a_count(const plain& l, const batch& x) { return l(x, team); }
#endif

#ifdef REJECT_CALL_WITH_A_VECTOR  // reject: ESP-070: a layer is called with a tensor  // brief
inline auto call_with_a_vector(const plain& l, const batch& x, const list& v) { return static_cast<void>(l(v)), l(x); }
#else
inline auto call_with_a_vector(const plain& l, const batch& x, const list& v) { return static_cast<void>(l(x)), l(x); }
#endif

#ifdef REJECT_SEED_AS_A_NUMBER  // reject: ESP-071: a layer is made from a seed  // brief
plain seed_as_a_number{42};
#else
plain seed_as_a_number{start};
#endif

#ifdef REJECT_NAME_AS_A_STRING  // reject: ESP-072: the name of a parameter stands in the type  // brief
inline void name_as_a_string(capped& l, recorder& r) { r.set(word, 1), l.set(word, 1); }
#else
inline void name_as_a_string(capped& l, recorder& r) { r.set(word, 1), r.set(word, 1); }
#endif

#ifdef REJECT_ZERO_KERNEL  // reject: ESP-068: the prior makes zero of every kernel  // brief
constexpr auto half = [](auto w) { return w * (1 / 2); };
constrained_conv3d<small, half> zero_kernel;
#else
constexpr auto half = [](auto w) { return w * (1 / 2.); };
constrained_conv3d<small, half> zero_kernel;
#endif

#ifdef REJECT_MODE_WITHOUT_NUMBERS  // reject: ESP-075: a mode that takes numbers|requires template arguments
constrained_conv3d<small, esp::modes::fixed_center> mode_without_numbers;
#else
constrained_conv3d<small, esp::modes::fixed_center<>> mode_without_numbers;
#endif

#ifdef REJECT_ALIAS  // reject: ESP-041: a region of the prior lies outside the kernel
using alias = constrained_conv3d<small, esp::on<esp::tap<0, 0, 5>>(esp::assign<0>)>;
alias first_use;
#else
using alias = constrained_conv3d<small, esp::on<esp::tap<0, 0, 2>>(esp::assign<0>)>;
alias first_use;
#endif

#ifdef REJECT_STREAM_OF_FRAMES_TO_COME  // reject: ESP-254: a stream gives a frame when it has come
esp::causal_stream<filter<around, esp::algorithm::direct>>::element stream_of_frames_to_come;
#else
esp::causal_stream<filter<past, esp::algorithm::direct>>::element stream_of_frames_to_come;
#endif

#ifdef REJECT_STREAM_OF_TILES  // reject: ESP-255: the kernels of this layer compute frames together
esp::causal_stream<filter<past, esp::algorithm::winograd>>::element stream_of_tiles;
#else
esp::causal_stream<filter<past, esp::algorithm::direct>>::element stream_of_tiles;
#endif
