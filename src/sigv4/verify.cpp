// Verifying: the signature is computed anew from the request and compared.
#include "base/text.hpp"
#include "sigv4/canonical.hpp"
#include "sigv4/signing_keys.hpp"

#include <algorithm>

namespace cogniot::sigv4 {
namespace {

using std::chrono::seconds;

/// `14 min 3 s`
std::string print_duration(utc_time::duration length) {
    auto const whole = std::chrono::duration_cast<seconds>(length).count();
    auto const in_seconds = [](auto count) { return std::to_string(count) + " s"; };
    if (whole < 60)
        return in_seconds(whole);
    if (whole < 48 * 3600)
        return std::to_string(whole / 60) + " min " + in_seconds(whole % 60);
    return std::to_string(whole / 86'400) + " days";
}

result<void> check_time(presented const& shown, utc_time now, verify_options const& options) {
    if (shown.at > now + options.skew)
        return fail(errc::not_yet_valid, "signed " + print_duration(shown.at - now) +
                                             " in the future; " + print_duration(options.skew) +
                                             " are allowed");
    if (options.honour_expires && shown.expires) {
        if (now >= shown.at + *shown.expires)
            return fail(errc::expired, "expired " +
                                           print_duration(now - shown.at - *shown.expires) +
                                           " ago, as its X-Amz-Expires says");
    } else if (shown.at < now - options.skew) {
        return fail(errc::expired, "signed " + print_duration(now - shown.at) + " ago; " +
                                       print_duration(options.skew) + " are allowed");
    }
    return {};
}

/// What the last line of the canonical request says, and whether the body must match it.
struct payload {
    std::string hash;
    bool is_claimed = false;
};

result<payload> read_payload(request const& what, verify_options const& options) {
    payload out;
    out.is_claimed = append_header_values(out.hash, what.headers, "x-amz-content-sha256");
    if (!out.is_claimed) {
        out.hash = body_hash(what.body);
        return out;
    }
    if (out.hash == "UNSIGNED-PAYLOAD" && options.allow_unsigned_payload)
        out.is_claimed = false;
    else if (out.hash.size() != 64)
        return fail(errc::body_hash_differs, "x-amz-content-sha256 is `" +
                                                 printable(out.hash, 100) +
                                                 "`, not the hash of a body");
    return out;
}

/// The host values under which the request may have been signed, without repetitions.
std::vector<std::string> hosts_to_try(request const& what, verify_options const& options) {
    std::vector<std::string> candidates = options.host_alternatives;
    if (candidates.empty()) {
        std::string host;
        append_header_values(host, what.headers, "host");
        candidates.push_back(std::move(host));
    }
    std::vector<std::string> out;
    for (std::string const& candidate : candidates)
        for (std::string const& form : {candidate, to_lower(candidate)})
            if (std::find(out.begin(), out.end(), form) == out.end())
                out.push_back(form);
    return out;
}

/// In the header form a token that is not signed could be swapped on the way.
result<void> check_token_header(presented const& shown, verify_options const& options) {
    auto const& names = shown.signed_headers;
    if (shown.where == presented::form::header && !shown.session_token.empty() &&
        options.session_token == verify_options::token::must_be_signed &&
        std::find(names.begin(), names.end(), "x-amz-security-token") == names.end())
        return fail(errc::header_not_signed,
                    "the header `x-amz-security-token` was sent but is not signed");
    return {};
}

std::string query_without(std::string_view query, query_reading reading, bool token_is_signed) {
    return canonical_query(query, reading, [&](std::string_view name) {
        return name == "X-Amz-Signature" || (!token_is_signed && name == "X-Amz-Security-Token");
    });
}

/// The canonical queries that one reading allows: with the session token, without it, or both.
std::vector<std::string> queries_to_try(request const& what, presented const& shown,
                                        query_reading reading, verify_options::token token) {
    if (shown.where == presented::form::header)
        return {canonical_query(what.query, reading)};
    std::vector<std::string> out;
    if (token != verify_options::token::must_be_signed)
        out.push_back(query_without(what.query, reading, false));
    if (token != verify_options::token::must_not_be_signed)
        out.push_back(query_without(what.query, reading, true));
    return out;
}

/// Tries every reading of the request, the likeliest first. @errors signed_header_absent,
/// signature_differs
result<stages> find_match(request const& what, presented const& shown, payload const& body,
                          crypto::digest256 const& key, verify_options const& options) {
    std::string const in_scope = scope_text(shown.scope_date, shown.in);
    std::string const names = join_names(shown.signed_headers);
    std::string const path = canonical_path(what.path);
    auto const hosts = hosts_to_try(what, options);
    std::vector<std::string> tried;
    for (query_reading reading : {query_reading::decoded, query_reading::verbatim}) {
        for (std::string& query : queries_to_try(what, shown, reading, options.session_token)) {
            if (std::find(tried.begin(), tried.end(), query) != tried.end())
                continue;
            for (std::string const& host : hosts) {
                auto const headers = canonical_headers(what.headers, shown.signed_headers, host);
                if (!headers)
                    return headers.error();
                stages made = sign_stages(
                    canonical_request(what.method, path, query, *headers, names, body.hash),
                    shown.at_text, in_scope, key);
                if (crypto::equal_in_constant_time(made.signature, shown.signature))
                    return made;
            }
            tried.push_back(std::move(query));
        }
    }
    return fail(errc::signature_differs);
}

} // namespace

result<stages> verify(request const& what, presented const& shown, secret const& secret_access_key,
                      utc_time now, verify_options const& options) {
    if (auto in_time = check_time(shown, now, options); !in_time)
        return in_time.error();
    if (auto good = check_token_header(shown, options); !good)
        return good.error();
    auto const body = read_payload(what, options);
    if (!body)
        return body.error();
    crypto::digest256 const key =
        options.keys != nullptr ? options.keys->find(secret_access_key, shown.scope_date, shown.in)
                                : signing_key(secret_access_key, shown.scope_date, shown.in);
    auto matched = find_match(what, shown, *body, key, options);
    if (!matched) {
        // The commonest mistake at AWS IoT's gateway deserves its name.
        verify_options other = options;
        other.session_token = verify_options::token::must_be_signed;
        if (options.session_token == verify_options::token::must_not_be_signed &&
            !shown.session_token.empty() && find_match(what, shown, *body, key, other))
            return fail(errc::signature_differs,
                        "the session token is part of what was signed; here it must stand beside "
                        "the signature");
        return matched;
    }
    if (body->is_claimed && body->hash != body_hash(what.body))
        return fail(errc::body_hash_differs, "x-amz-content-sha256 is not the hash of the body");
    return matched;
}

} // namespace cogniot::sigv4
