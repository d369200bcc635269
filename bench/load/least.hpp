// The least that a server can do for a connect on this machine: what the broker's own connects are
// measured beside, for handshakes are OpenSSL's work and sockets the kernel's.
#pragma once

#include "settings.hpp"

namespace load {

/// Takes connections until it is killed: the TLS handshake (transport=wss; tls=tuned as the local
/// cloud has it, or tls=defaults as OpenSSL comes), the upgrade, CONNACK to what comes then. It
/// looks at nothing: no signature, no policy, no packet. Prints its port.
int least(settings const&);

} // namespace load
