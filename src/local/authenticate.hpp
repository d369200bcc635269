// Who signed a request: SigV4 against the keys that this local cloud has issued.
//
// Checks in AWS's order: syntax, algorithm, scope, known key, time, signature, session token,
// expiry.
// @source spec cognito-iam-sigv4 2.5
#pragma once

#include "base/utc_time.hpp"
#include "cloud/service.hpp"
#include "cloud/world.hpp"
#include "net/http.hpp"
#include "sigv4/sigv4.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace cogniot::local {

/// Why a request is not who it says it is.
enum class auth_fault {
    missing,
    incomplete,
    unknown_key,
    signature_differs,
    /// Its own enumerator because AWS IoT logs it by name.
    token_was_signed,
    outside_time,
    wrong_scope,
    token_invalid,
    token_expired,
};

struct auth_refusal {
    auth_fault why = auth_fault::missing;
    /// AWS's sentence.
    std::string message{};
    /// What helps a person; for logs, never on the wire. No secrets.
    std::string because{};
    /// As far as known.
    std::string access_key_id{};
};
[[noreturn]] void throw_exception_from_error(auth_refusal const&, boost::source_location const&);

struct authenticated {
    std::shared_ptr<cloud::principal const> who;
    /// Of the credential scope.
    std::string region;
};

sigv4::request to_signed_request(net::http_request const&);

/// @errors every auth_fault but `missing` for a request that shows no signature at all: that is
///         `missing`, and whether it is a fault is the caller's to say.
boost::system::result<authenticated, auth_refusal>
authenticate(cloud::world const&, sigv4::request const&, std::string_view service,
             sigv4::verify_options const&, utc_time now);

/// The service of the credential scope before anything is verified; empty if there is none.
std::string scope_service(sigv4::request const&);

/// The refusal in a service's own words: code and status differ by wire form.
cloud::api_error to_api_error(auth_refusal const&, cloud::wire, bool is_data_plane);

} // namespace cogniot::local
