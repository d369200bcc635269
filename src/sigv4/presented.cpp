// What a request says about its signature, read before anything is believed.
#include "base/text.hpp"
#include "sigv4/canonical.hpp"

#include <algorithm>
#include <array>

namespace cogniot::sigv4 {
namespace {

std::optional<std::string_view> find_header(header_list const& headers, std::string_view name) {
    for (auto const& [given_name, value] : headers)
        if (equals_ignoring_case(given_name, name))
            return trim(value);
    return std::nullopt;
}

result<void> refuse_repeated_headers(header_list const& headers) {
    for (std::string_view name :
         {"authorization", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"}) {
        auto const is_it = [&](auto const& field) {
            return equals_ignoring_case(field.first, name);
        };
        if (std::count_if(headers.begin(), headers.end(), is_it) > 1)
            return fail(errc::duplicate_parameter,
                        "the header `" + std::string(name) + "` is given more than once");
    }
    return {};
}

/// Splits the credential into its five parts and fills in who, when and where.
result<void> read_credential(std::string_view credential, presented& into) {
    auto const parts = split(credential, '/');
    if (parts.size() != 5 || parts[0].empty())
        return fail(errc::scope_malformed,
                    "Credential must have exactly 5 slash-delimited elements, e.g. "
                    "keyid/date/region/service/term, got '" +
                        printable(credential) + "'");
    if (parts[4] != scope_terminator)
        return fail(errc::scope_malformed,
                    "Credential should be scoped with a valid terminator: 'aws4_request', not '" +
                        printable(parts[4]) + "'.");
    if (parts[2].empty())
        return fail(errc::scope_malformed,
                    "Credential should be scoped to a valid region, not ''. ");
    if (parts[3].empty())
        return fail(errc::scope_malformed, "Credential should be scoped to correct service, "
                                           "not ''. ");
    into.access_key_id = parts[0];
    into.scope_date = parts[1];
    into.in = {.region = std::string(parts[2]), .service = std::string(parts[3])};
    return {};
}

result<void> read_date(std::string_view text, presented& into) {
    auto at = parse_basic(text);
    if (!at && into.where == presented::form::header)
        at = parse_http(text); // a Date header; the string to sign has it in the basic form
    if (!at)
        return fail(errc::date_malformed, "Date must be in ISO-8601 'basic format'. Got '" +
                                              printable(text) +
                                              "'. See http://en.wikipedia.org/wiki/ISO_8601");
    into.at = *at;
    into.at_text = print_basic(*at);
    if (into.scope_date != std::string_view(into.at_text).substr(0, 8))
        return fail(errc::scope_date_differs,
                    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of "
                    "date from HTTP: '" +
                        printable(into.scope_date) + "' != '" + into.at_text.substr(0, 8) +
                        "', from '" + into.at_text + "'.");
    return {};
}

result<void> read_signed_headers(std::string_view text, presented& into) {
    for (std::string_view name : split(text, ';'))
        into.signed_headers.push_back(to_lower(trim(name)));
    auto const& names = into.signed_headers;
    if (std::find(names.begin(), names.end(), "host") == names.end())
        return fail(errc::host_not_signed,
                    "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
    return {};
}

/// AWS documents that every x-amz-* header must be signed. x-amz-cf-id is CloudFront's, added on
/// the way; whether the token must be signed is for the verifier's options to say.
result<void> require_signed_amz_headers(header_list const& headers, presented const& shown) {
    for (auto const& [given_name, value] : headers) {
        std::string const name = to_lower(given_name);
        if (name.starts_with("x-amz-") && name != "x-amz-cf-id" && name != "x-amz-security-token" &&
            std::find(shown.signed_headers.begin(), shown.signed_headers.end(), name) ==
                shown.signed_headers.end())
            return fail(errc::header_not_signed,
                        "the header `" + printable(name, 100) + "` was sent but is not signed");
    }
    return {};
}

result<presented> read_header_form(request const& from, std::string_view authorization) {
    presented out;
    out.where = presented::form::header;
    std::size_t const space = std::min(authorization.find(' '), authorization.size());
    if (authorization.substr(0, space) != algorithm_name)
        return fail(errc::algorithm_unknown,
                    "Unsupported AWS 'algorithm': '" +
                        printable(authorization.substr(0, std::min<std::size_t>(space, 40))) + "'");

    std::string_view credential;
    std::string_view signed_headers;
    std::string_view signature;
    for (std::string_view piece : split(authorization.substr(space), ',')) {
        piece = trim(piece);
        std::size_t const equals = std::min(piece.find('='), piece.size());
        std::string_view const name = piece.substr(0, equals);
        std::string_view const value = piece.substr(std::min(equals + 1, piece.size()));
        for (auto const& [known, slot] :
             {std::pair{"Credential", &credential}, std::pair{"SignedHeaders", &signed_headers},
              std::pair{"Signature", &signature}}) {
            if (name != known)
                continue;
            if (!slot->empty())
                return fail(errc::duplicate_parameter,
                            "`" + std::string(known) + "` is given twice in Authorization");
            *slot = value;
        }
    }
    auto date = find_header(from.headers, "x-amz-date");
    if (!date)
        date = find_header(from.headers, "date");

    std::string missing;
    for (auto const& [name, value] :
         {std::pair{"Credential", credential}, std::pair{"Signature", signature},
          std::pair{"SignedHeaders", signed_headers}})
        if (value.empty())
            missing += std::string("Authorization header requires '") + name + "' parameter. ";
    if (!date)
        missing += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' "
                   "header. ";
    if (!missing.empty()) {
        missing.pop_back();
        return fail(errc::authorization_incomplete, std::move(missing));
    }

    if (auto read = read_credential(credential, out); !read)
        return read.error();
    if (auto read = read_date(*date, out); !read)
        return read.error();
    if (auto read = read_signed_headers(signed_headers, out); !read)
        return read.error();
    if (auto good = require_signed_amz_headers(from.headers, out); !good)
        return good.error();
    out.signature = signature;
    out.session_token = find_header(from.headers, "x-amz-security-token").value_or("");
    return out;
}

bool has_query_signature(std::vector<wire_parameter> const& parameters) {
    return std::any_of(parameters.begin(), parameters.end(), [](wire_parameter const& parameter) {
        std::string const name = decode_leniently(parameter.name);
        return name == "X-Amz-Algorithm" || name == "X-Amz-Credential" || name == "X-Amz-Signature";
    });
}

struct query_fields {
    std::optional<std::string> algorithm, credential, date, expires, signed_headers, token,
        signature;
};

/// Collects the X-Amz-... parameters. @errors duplicate_parameter
result<query_fields> collect(std::vector<wire_parameter> const& parameters) {
    query_fields out;
    std::array<std::pair<std::string_view, std::optional<std::string>*>, 7> const known = {{
        {"X-Amz-Algorithm", &out.algorithm},
        {"X-Amz-Credential", &out.credential},
        {"X-Amz-Date", &out.date},
        {"X-Amz-Expires", &out.expires},
        {"X-Amz-SignedHeaders", &out.signed_headers},
        {"X-Amz-Security-Token", &out.token},
        {"X-Amz-Signature", &out.signature},
    }};
    std::vector<std::string> seen;
    for (wire_parameter const& parameter : parameters) {
        std::string const name = decode_leniently(parameter.name);
        std::string lower = to_lower(name);
        if (!lower.starts_with("x-amz-"))
            continue;
        if (std::find(seen.begin(), seen.end(), lower) != seen.end())
            return fail(errc::duplicate_parameter,
                        "the query parameter `" + printable(name, 100) + "` is given twice");
        seen.push_back(std::move(lower));
        for (auto const& [known_name, slot] : known)
            if (name == known_name)
                *slot = decode_leniently(parameter.value);
    }
    return out;
}

result<std::optional<std::chrono::seconds>> read_expires(std::optional<std::string> const& text) {
    if (!text)
        return std::optional<std::chrono::seconds>();
    bool const digits =
        !text->empty() && text->size() <= 6 &&
        std::all_of(text->begin(), text->end(), [](char c) { return c >= '0' && c <= '9'; });
    int const count = digits ? std::stoi(*text) : 0;
    if (count < 1 || count > 604'800)
        return fail(errc::lifetime_out_of_range, "X-Amz-Expires is `" + printable(*text, 40) + "`");
    return std::optional(std::chrono::seconds(count));
}

result<presented> read_query_form(query_fields const& fields) {
    presented out;
    out.where = presented::form::query;
    std::string missing;
    for (auto const& [name, value] : {std::pair{"X-Amz-Algorithm", &fields.algorithm},
                                      std::pair{"X-Amz-Credential", &fields.credential},
                                      std::pair{"X-Amz-Signature", &fields.signature},
                                      std::pair{"X-Amz-SignedHeaders", &fields.signed_headers},
                                      std::pair{"X-Amz-Date", &fields.date}})
        if (!*value || (*value)->empty())
            missing += std::string("AWS query-string parameters must include '") + name + "'. ";
    if (!missing.empty())
        return fail(errc::authorization_incomplete,
                    missing + "Re-examine the query-string parameters.");
    if (*fields.algorithm != algorithm_name)
        return fail(errc::algorithm_unknown,
                    "Unsupported AWS 'algorithm': '" + printable(*fields.algorithm, 40) + "'");
    if (auto read = read_credential(*fields.credential, out); !read)
        return read.error();
    if (auto read = read_date(*fields.date, out); !read)
        return read.error();
    auto const expires = read_expires(fields.expires);
    if (!expires)
        return expires.error();
    out.expires = *expires;
    if (auto read = read_signed_headers(*fields.signed_headers, out); !read)
        return read.error();
    out.signature = *fields.signature;
    out.session_token = fields.token.value_or("");
    return out;
}

} // namespace

result<presented> read_presented(request const& from) {
    auto const authorization = find_header(from.headers, "authorization");
    auto const parameters = split_query(from.query);
    bool const in_query = has_query_signature(parameters);
    if (!authorization && !in_query)
        return fail(errc::authorization_missing);
    if (auto once = refuse_repeated_headers(from.headers); !once)
        return once.error();
    if (authorization && in_query)
        return fail(errc::duplicate_parameter,
                    "the request is signed both in the Authorization header and in the query");
    if (authorization)
        return read_header_form(from, *authorization);
    auto const fields = collect(parameters);
    if (!fields)
        return fields.error();
    return read_query_form(*fields);
}

} // namespace cogniot::sigv4
