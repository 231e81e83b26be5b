// SPDX-License-Identifier: BSD-3-Clause
// Refused: chains, sources and sinks that a stream cannot take.
#include <espalier/espalier.hpp>
#include <espalier/stream/npy_volume.hpp>
#include <espalier/stream/stream.hpp>
#include <tuple>

constexpr esp::conv3d point{.in_channels = 1, .out_channels = 1, .kernel_size = 1};
using single = esp::constrained_conv3d<point>;
using twice = esp::constrained_conv3d<point, esp::identity, double>;
using source = esp::npy_source<float>;
using wide_source = esp::npy_source<double>;
using sink = esp::npy_sink<float>;
using wide_sink = esp::npy_sink<double>;

#ifdef REJECT_CHAIN_OF_TWO_ELEMENTS  // reject: ESP-262: the layers of a chain
inline void chain_of_two(source& x, sink& y, single& a, twice& b) { esp::stream(x, y, std::tie(a, b)); }
#else
inline void chain_of_two(source& x, sink& y, single& a, single& b) { esp::stream(x, y, std::tie(a, b)); }
#endif

#ifdef REJECT_SOURCE_OF_ANOTHER_ELEMENT  // reject: ESP-263: the source has no
inline void source_of_another(wide_source& x, sink& y, single& a) { esp::stream(x, y, a); }
#else
inline void source_of_another(source& x, sink& y, single& a) { esp::stream(x, y, a); }
#endif

#ifdef REJECT_SINK_OF_ANOTHER_ELEMENT  // reject: ESP-263: the sink has no
inline void sink_of_another(source& x, wide_sink& y, single& a) { esp::stream(x, y, a); }
#else
inline void sink_of_another(source& x, sink& y, single& a) { esp::stream(x, y, a); }
#endif
