// One request to a local cloud, from a command that wants an answer and nothing more.
#pragma once

#include "base/result.hpp"
#include "net/http_client.hpp"

#include <optional>
#include <string>

namespace cogniot::cli {

/// Where a local cloud listens, and whom to trust there.
struct local_endpoint {
    std::string url = "http://127.0.0.1:4566";
    /// PEM file for https.
    std::optional<std::string> ca_bundle{};
};

/// What kept a request from an answer: the flags, or the network.
struct get_failure {
    enum class kind { flags, network } what = kind::network;
    std::string detail;
};

/// Waits 5 s at most. The Host header is added.
boost::system::result<net::http_response, get_failure> http_ask(local_endpoint const&,
                                                                net::http_request);
/// @param target  path and query
boost::system::result<net::http_response, get_failure> http_get(local_endpoint const&,
                                                                std::string const& target);

[[noreturn]] inline void throw_exception_from_error(get_failure const& e,
                                                    boost::source_location const&) {
    throw std::runtime_error(e.detail);
}

} // namespace cogniot::cli
