// Where the local cloud listens, and how it tells others to reach it.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cogniot::local {

/// An address to listen on; port 0 takes any free one.
struct listen_address {
    std::string ip = "127.0.0.1";
    std::uint16_t port = 0;
};
/// Reads `127.0.0.1:4566`, `[::1]:0`, `localhost:8883`, `:4566`. @errors address_not_usable
result<listen_address> parse_listen_address(std::string_view text);

/// How to reach it. Secrets here are the well-known test credentials.
struct ready_info {
    std::string endpoint;
    std::string http_endpoint;
    std::string mqtts;
    std::optional<std::string> insecure_mqtt{};
    std::string ca_file;
    std::string region;
    std::string account;
    std::string access_key_id;
    std::string secret_access_key;
    std::string console;
    /// One line of JSON, without the line's end; member order as documented in docs/cli.md.
    std::string print() const;
};

} // namespace cogniot::local
