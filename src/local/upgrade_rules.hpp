// How a signature at the door of MQTT over WebSocket is judged where AWS's behaviour is not
// certain.
#pragma once

#include <chrono>

namespace cogniot::local {

struct upgrade_rules {
    /// Every refusal says `Forbidden` instead of its reason.
    bool opaque_403 = false;
    /// A session token may be part of what was signed.
    bool token_may_be_signed = false;
    /// A signature may be for the host with or without the port, whatever Host says.
    bool host_without_port = true;
    /// X-Amz-Expires bounds the life of a signature, besides the skew.
    bool honour_expires = false;
    std::chrono::seconds skew{300};
};

} // namespace cogniot::local
