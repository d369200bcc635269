// Everything the five steps need, checked: what people set, and what AWS's own configuration says.
#pragma once

#include "base/result.hpp"
#include "client/aws_call.hpp"
#include "client/setting_values.hpp"
#include "client/user_pool.hpp"
#include "net/connect.hpp"

#include <map>
#include <string>

namespace cogniot::client {

/// How far a command goes; each step needs the settings of those before it. `look` needs none;
/// `administer` works on the user pool with the backend's credentials and needs no app client.
enum class reach { look, administer, sign_in, credentials, publish };

/// Ours, checked. Empty texts were not set.
struct job_settings {
    app_client app{};
    std::string user_pool_id{};
    std::string identity_pool_id{};
    /// Where MQTT over WebSocket is spoken: host and port, TLS.
    net::origin iot_endpoint{};
    /// Empty = nothing is attached.
    std::string iot_policy{};
    /// Empty = the identity ID.
    std::string client_id{};
    /// 0 = as fast as they come. Unless given: what AWS IoT takes of a connection, and no limit
    /// towards this machine itself.
    unsigned publishes_per_second = 0;
    /// See link_settings.
    bool publishes_early = false;
};

/// Where AWS's APIs are, and how to sign for them.
struct aws_settings {
    std::string region{};
    /// Where a service is in another region: pools name their own.
    std::map<service, std::string> regions{};
    std::map<service, net::base_url> endpoints{};
    /// Counts the first try.
    unsigned max_attempts = 3;

    std::string const& region_for(service s) const {
        auto const found = regions.find(s);
        return found == regions.end() ? region : found->second;
    }
};

/// Checks ours. Files (the app client secret's) are read here.
/// @errors setting_missing naming flag, variable and key; setting_unusable saying what is wrong
result<job_settings> check_settings(setting_values const&, reach);

/// The limit on publishes that was given, if any. @errors setting_unusable
result<std::optional<unsigned>> read_publishes_per_second(setting_values const&);

/// `REGION` of `REGION_xxxx`, `REGION:uuid`; empty if it has neither form.
std::string region_of_pool(std::string_view pool_id);
/// `REGION` of `xxxx-ats.iot.REGION.amazonaws.com`; empty for other hosts.
std::string region_of_iot_endpoint(std::string_view host);
/// The region to use where none is configured: the pools' own.
std::string region_of(setting_values const&);

} // namespace cogniot::client
