// One request to a local cloud, from a command that wants an answer and nothing more.
#pragma once

#include "base/result.hpp"
#include "cli/exit_code.hpp"
#include "cli/options.hpp"
#include "net/http_client.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cogniot::cli {

/// Where a local cloud listens, and whom to trust there.
struct local_endpoint {
    std::string url = "http://127.0.0.1:4566";
    /// PEM file for https.
    std::optional<std::string> ca_bundle{};

    /// `--endpoint-url` and `--ca-bundle`, with the AWS CLI's environment variables.
    void declare(options&);
};

/// What kept a request from an answer: the flags, or the network.
struct get_failure {
    enum class kind { flags, network } what = kind::network;
    std::string detail;
    /// What the command ends with.
    exit_code code() const { return what == kind::flags ? exit_code::usage : exit_code::network; }
};

/// Waits 5 s at most. The Host header is added.
boost::system::result<net::http_response, get_failure> http_ask(local_endpoint const&,
                                                                net::http_request);
/// @param target  path and query
boost::system::result<net::http_response, get_failure> http_get(local_endpoint const&,
                                                                std::string const& target);

/// Path and query of those parameters that are given: `/_cogniot/events?since=10m`.
std::string
make_target(std::string path,
            std::initializer_list<std::pair<std::string_view, std::optional<std::string>>> query);

/// Why an answer is not what was asked for: its own `error`, or that no local cloud is there.
std::string why_refused(local_endpoint const&, int status, std::string_view body);
/// What the command ends with then: 400 is the flags' fault.
exit_code code_of_refusal(int status);

[[noreturn]] inline void throw_exception_from_error(get_failure const& e,
                                                    boost::source_location const&) {
    throw std::runtime_error(e.detail);
}

} // namespace cogniot::cli
