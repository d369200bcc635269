// `--broker-url`: plain MQTT to any broker, without a Cognito user.
#pragma once

#include "cli/connection_flags.hpp"
#include "client/link_values.hpp"
#include "net/connect.hpp"

#include <iosfwd>
#include <memory>
#include <string>

namespace cogniot::cli {

struct plain_broker {
    net::origin at{};
    /// Without TLS: none.
    std::shared_ptr<net::client_tls const> trust{};
    /// Who connects, and how fast publishes leave.
    client::link_settings link{};
};

/// @param url       `mqtt://HOST[:1883]` or `mqtts://HOST[:8883]`
/// @param password  where --password-stdin reads it
/// A user name is sent only if `-u` gives one: COGNIOT_USERNAME and its password are for Cognito.
/// @errors those of resolve() and net::client_tls::make, setting_unusable
result<plain_broker> read_plain_broker(std::string const& url, connection_flags const&,
                                       client::environment const&, std::istream& password);

} // namespace cogniot::cli
