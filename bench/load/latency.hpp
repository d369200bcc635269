// How long QoS 1 messages take at a fixed rate, from the instant each was due to the instant its
// delivery was read: a broker that falls behind cannot slow down what is asked of it.
#pragma once

#include "settings.hpp"

namespace load {

/// rate=10000 pairs=10 payload=64 seconds=2: prints the median and the 99th percentile.
int latency(settings const&);

} // namespace load
