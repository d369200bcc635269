// Where the backend's own AWS credentials come from: environment, profiles, roles, instance
// metadata.
#pragma once

#include "net/task.hpp"
#include "sigv4/sigv4.hpp"

#include <functional>

namespace cogniot::client {

struct credentials_source {
    /// Credentials that are good now; the source keeps them and renews them ahead of their expiry.
    /// Calls beside each other are allowed.
    /// @errors backend_credentials_missing saying where was looked
    std::function<net::task<result<sigv4::credentials>>()> find{};
    /// AWS did not accept them: the next find() fetches anew. Empty where there is but one pair.
    std::function<void()> distrust{};
};

} // namespace cogniot::client
