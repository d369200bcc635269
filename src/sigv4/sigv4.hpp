// AWS Signature Version 4: canonical request -> string to sign -> signature.
//
// Everything here is pure: no clock, no I/O, any thread. The same code signs (client) and verifies
// (local cloud). @source IAM user guide, "Create a signed AWS API request"; docs/formats/sigv4.md
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/utc_time.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cogniot::sigv4 {

/// An access key, with the session token that temporary credentials carry.
struct credentials {
    std::string access_key_id;
    secret secret_access_key;
    /// Empty for long-term keys.
    std::string session_token{};
};

/// What a signature is good for besides its day: a region and a service name.
struct scope {
    std::string region;
    std::string service;
    friend bool operator==(scope const&, scope const&) = default;
};

using header_list = std::vector<std::pair<std::string, std::string>>;

/// An HTTP request as it stands on the wire, as far as a signature sees it.
struct request {
    std::string method;
    /// Path as sent, percent-encoded, without the query.
    std::string path;
    /// Query as sent, without `?`.
    std::string query{};
    /// In order of arrival; names in any case.
    header_list headers{};
    std::string body{};
};

enum class errc {
    lifetime_out_of_range = 1,
    host_empty,
    header_not_signed,
    authorization_missing,
    authorization_incomplete,
    algorithm_unknown,
    scope_malformed,
    date_malformed,
    scope_date_differs,
    signed_header_absent,
    host_not_signed,
    expired,
    not_yet_valid,
    signature_differs,
    body_hash_differs,
    duplicate_parameter,
};
std::string_view describe(errc);
error_code make_error_code(errc);

/// The three texts a signature is made of, for tests, traces and the doctor.
struct stages {
    std::string canonical_request;
    std::string string_to_sign;
    /// 64 lower-case hexadecimal digits.
    std::string signature;
};

/// Signs `what` in headers: returns the headers to add (X-Amz-Date, X-Amz-Security-Token if any,
/// Authorization). `what.headers` must have Host; all of them are signed except those that proxies
/// and clients change (User-Agent, Connection, Expect and their kind).
/// @errors host_empty
result<header_list> sign(request const& what, credentials const& who, scope const& in, utc_time at);

/// As sign(), with the texts the signature was made of.
struct signed_request {
    header_list added;
    stages made_of;
};
result<signed_request> sign_in_stages(request const& what, credentials const& who, scope const& in,
                                      utc_time at);

/// Whether a presigned query's session token is part of what is signed (most services) or stands
/// beside it (AWS IoT's gateway; aws-c-auth calls it `omit_session_token`).
enum class token_placement { signed_with_the_rest, beside_the_signature };

/// A request's query with the X-Amz-... parameters appended in the order of AWS's common runtime:
/// Algorithm, Credential, Date, SignedHeaders, Expires, Security-Token, Signature.
struct presigned_query {
    std::string query;
    stages made_of;
};
/// @errors lifetime_out_of_range, host_empty
result<presigned_query> presign_query(request const& what, credentials const& who, scope const& in,
                                      utc_time at, std::optional<std::chrono::seconds> life,
                                      token_placement);

/// Builds the presigned `wss` URL that IoT Core accepts on `/mqtt`.
/// @param host   host[:port]; the port is signed if given. No scheme, no path. Signed and printed
/// in
///               lower case.
/// @param in     region and service (`iotdevicegateway`).
/// @param who    the session token, if any, takes no part in the signature, as IoT Core's gateway
///               wants it.
/// @param at     signing instant, whole seconds.
/// @param life   X-Amz-Expires; absent = the parameter is left out, as AWS's device SDKs do.
///               1 s to 604,800 s.
/// @return ASCII, byte for byte what aws-c-auth makes of it. @errors lifetime_out_of_range,
/// host_empty
/// @source AWS IoT developer guide, "MQTT over WSS"; aws-crt-cpp's MqttCommon.cpp.
result<std::string> presign(std::string_view host, credentials const& who, scope const& in,
                            utc_time at, std::optional<std::chrono::seconds> life = {});

/// What a request says about its signature, before anything is believed.
struct presented {
    enum class form { header, query } where = form::header;
    std::string access_key_id;
    /// YYYYMMDD of the credential scope.
    std::string scope_date;
    scope in;
    utc_time at;
    std::string at_text;
    /// Lower case, in the order given.
    std::vector<std::string> signed_headers;
    std::string signature;
    /// Empty if none was sent.
    std::string session_token;
    /// Query form only.
    std::optional<std::chrono::seconds> expires;
};

/// Reads the Authorization header or the X-Amz-… query parameters. Where AWS's own sentence is
/// known it is the error's detail, word for word, so that it can be answered.
/// @errors authorization_missing (there is neither), authorization_incomplete, algorithm_unknown,
///         scope_malformed, date_malformed, scope_date_differs, host_not_signed,
///         header_not_signed (an x-amz-* header, header form), lifetime_out_of_range,
///         duplicate_parameter (also: signed both ways)
result<presented> read_presented(request const&);

/// signing_keys.hpp
class signing_keys;

/// How strictly a verifier reads.
struct verify_options {
    /// A signature older or newer than this is refused.
    std::chrono::seconds skew = std::chrono::minutes(5);
    /// Whether the session token may be part of what was signed. AWS IoT's gateway refuses it in
    /// the query; other services want it signed. In the header form `must_not_be_signed` takes
    /// both.
    enum class token {
        must_not_be_signed,
        must_be_signed,
        either
    } session_token = token::must_be_signed;
    /// Query form: whether X-Amz-Expires bounds validity (IoT's gateway ignores it: 5 minutes).
    bool honour_expires = true;
    /// The Host header values to try, first match wins; empty = only the Host header as received.
    /// Each is tried in lower case too.
    std::vector<std::string> host_alternatives{};
    /// Whether `x-amz-content-sha256: UNSIGNED-PAYLOAD` will do (S3 over TLS; no service here).
    bool allow_unsigned_payload = false;
    /// Where derived keys are kept for the next request; null: nowhere.
    signing_keys* keys = nullptr;
};

/// Verifies `what` against the secret that belongs to `shown.access_key_id`.
///
/// The query is read twice if need be: decoded and encoded again (the rule), and as it stands
/// (botocore signs it so).
/// @return the stages of the accepted form. @errors expired, not_yet_valid (detail says by how
/// much),
///         header_not_signed (the token), signed_header_absent, signature_differs (detail names
///         nothing secret), body_hash_differs
result<stages> verify(request const& what, presented const& shown, secret const& secret_access_key,
                      utc_time now, verify_options const& = {});

/// hex(SHA-256(empty)).
inline constexpr std::string_view empty_body_hash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

} // namespace cogniot::sigv4
