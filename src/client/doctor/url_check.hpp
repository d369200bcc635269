// A presigned URL, judged by what it says and, where the key's secret is known, by its signature.
// Pure.
//
// @source spec iot-broker 1.3, 1.4, 8.2; AWS IoT developer guide, "MQTT over WSS"
#pragma once

#include "base/secret.hpp"
#include "base/utc_time.hpp"
#include "client/doctor/report.hpp"
#include "net/connect.hpp"
#include "sigv4/sigv4.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::client::doctor {

/// `wss://HOST[:PORT]/mqtt?…` taken apart.
struct gateway_url {
    net::origin at{};
    /// As the Host header has it.
    std::string host{};
    std::string path{};
    std::string query{};
    sigv4::request as_request() const;
};
/// @errors setting_unusable: what is no URL of a gateway
result<gateway_url> parse_gateway_url(std::string_view text);

/// Parts of the URL that must not be shown.
std::vector<secret> secrets_of(gateway_url const&);

/// The time that a URL's age is judged by.
struct time_of_judgement {
    utc_time now{};
    /// By AWS's clock; by this machine's alone a fault is only suspected.
    bool is_aws = true;
};

/// @param at      nothing: the age is not judged
/// @param signer  the credentials of the URL's access key, if they are known
std::vector<finding> check_url(gateway_url const&, std::optional<time_of_judgement> const& at,
                               std::optional<sigv4::credentials> const& signer);

} // namespace cogniot::client::doctor
