// Signing in the query string.
#include "base/text.hpp"
#include "sigv4/canonical.hpp"

#include <algorithm>

namespace cogniot::sigv4 {
namespace {

constexpr std::chrono::seconds longest_life{604'800};

void append_parameter(std::string& query, std::string_view name, std::string_view value) {
    if (!query.empty())
        query += '&';
    query += name;
    query += '=';
    query += percent_encode(value);
}

/// A bare `a` becomes `a=` and empty pieces vanish, as in awscrt's URLs.
std::string tidy_query(std::string_view wire_query) {
    std::string out;
    for (auto const& [whole, name, value] : split_query(wire_query)) {
        if (whole.empty())
            continue;
        if (!out.empty())
            out += '&';
        out += name;
        out += '=';
        out += value;
    }
    return out;
}

} // namespace

result<presigned_query> presign_query(request const& what, credentials const& who, scope const& in,
                                      utc_time at, std::optional<std::chrono::seconds> life,
                                      token_placement token) {
    if (life && (life->count() < 1 || *life > longest_life))
        return fail(errc::lifetime_out_of_range, "`" + std::to_string(life->count()) + "` seconds");
    std::string host;
    if (!append_header_values(host, what.headers, "host") || host.empty())
        return fail(errc::host_empty, "the request has no Host header");

    std::vector<std::string> names;
    for (auto const& [name, value] : what.headers)
        if (std::string lower = to_lower(name); !is_changed_on_the_way(lower))
            names.push_back(std::move(lower));
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    auto const headers = canonical_headers(what.headers, names);
    if (!headers)
        return headers.error();

    std::string const at_text = print_basic(at);
    std::string const date = at_text.substr(0, 8);
    std::string const in_scope = scope_text(date, in);
    std::string const signed_names = join_names(names);
    std::string query = tidy_query(what.query);
    append_parameter(query, "X-Amz-Algorithm", algorithm_name);
    append_parameter(query, "X-Amz-Credential", who.access_key_id + '/' + in_scope);
    append_parameter(query, "X-Amz-Date", at_text);
    append_parameter(query, "X-Amz-SignedHeaders", signed_names);
    if (life)
        append_parameter(query, "X-Amz-Expires", std::to_string(life->count()));
    std::string to_sign = query;
    if (!who.session_token.empty()) {
        append_parameter(query, "X-Amz-Security-Token", who.session_token);
        if (token == token_placement::signed_with_the_rest)
            to_sign = query;
    }

    presigned_query out;
    out.made_of = sign_stages(canonical_request(what.method, canonical_path(what.path),
                                                canonical_query(to_sign, query_reading::decoded),
                                                *headers, signed_names, body_hash(what.body)),
                              at_text, in_scope, signing_key(who.secret_access_key, date, in));
    append_parameter(query, "X-Amz-Signature", out.made_of.signature);
    out.query = std::move(query);
    return out;
}

result<std::string> presign(std::string_view host, credentials const& who, scope const& in,
                            utc_time at, std::optional<std::chrono::seconds> life) {
    if (trim(host).empty())
        return fail(errc::host_empty);
    // Browsers and URL libraries send a host in lower case whatever the URL says.
    std::string const lower_case_host = to_lower(trim(host));
    auto const made =
        presign_query({.method = "GET", .path = "/mqtt", .headers = {{"Host", lower_case_host}}},
                      who, in, at, life, token_placement::beside_the_signature);
    if (!made)
        return made.error();
    return "wss://" + lower_case_host + "/mqtt?" + made->query;
}

} // namespace cogniot::sigv4
