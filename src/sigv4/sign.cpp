// Signing in headers.
#include "base/text.hpp"
#include "sigv4/canonical.hpp"

#include <algorithm>

namespace cogniot::sigv4 {
namespace {

constexpr std::string_view date_header = "X-Amz-Date";
constexpr std::string_view token_header = "X-Amz-Security-Token";

/// What will be on the wire, but for Authorization: ours replace headers of the same names.
header_list headers_to_send(request const& what, header_list const& added) {
    header_list out = added;
    for (auto const& field : what.headers)
        if (!equals_ignoring_case(field.first, date_header) &&
            !equals_ignoring_case(field.first, token_header))
            out.push_back(field);
    return out;
}

} // namespace

result<signed_request> sign_in_stages(request const& what, credentials const& who, scope const& in,
                                      utc_time at) {
    std::string host;
    if (!append_header_values(host, what.headers, "host") || host.empty())
        return fail(errc::host_empty, "the request has no Host header");

    std::string const at_text = print_basic(at);
    header_list added;
    added.emplace_back(date_header, at_text);
    if (!who.session_token.empty())
        added.emplace_back(token_header, who.session_token);

    header_list const sent = headers_to_send(what, added);
    std::vector<std::string> names;
    for (auto const& [name, value] : sent)
        if (std::string lower = to_lower(name); !is_changed_on_the_way(lower))
            names.push_back(std::move(lower));
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());

    auto const headers = canonical_headers(sent, names);
    if (!headers)
        return headers.error();
    std::string payload_hash;
    if (!append_header_values(payload_hash, sent, "x-amz-content-sha256"))
        payload_hash = body_hash(what.body);

    std::string const date = at_text.substr(0, 8);
    std::string const in_scope = scope_text(date, in);
    std::string const signed_names = join_names(names);
    signed_request out;
    out.made_of = sign_stages(canonical_request(what.method, canonical_path(what.path),
                                                canonical_query(what.query, query_reading::decoded),
                                                *headers, signed_names, payload_hash),
                              at_text, in_scope, signing_key(who.secret_access_key, date, in));
    out.added = std::move(added);
    out.added.emplace_back("Authorization", std::string(algorithm_name) +
                                                " Credential=" + who.access_key_id + '/' +
                                                in_scope + ", SignedHeaders=" + signed_names +
                                                ", Signature=" + out.made_of.signature);
    return out;
}

result<header_list> sign(request const& what, credentials const& who, scope const& in,
                         utc_time at) {
    auto made = sign_in_stages(what, who, in, at);
    if (!made)
        return made.error();
    return std::move(made->added);
}

} // namespace cogniot::sigv4
