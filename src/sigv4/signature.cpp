// Canonical request -> string to sign -> signature.
#include "base/text.hpp"
#include "sigv4/canonical.hpp"

namespace cogniot::sigv4 {

std::string canonical_request(std::string_view method, std::string_view path,
                              std::string_view query, std::string_view headers,
                              std::string_view signed_headers, std::string_view payload_hash) {
    std::string out;
    out.reserve(method.size() + path.size() + query.size() + headers.size() +
                signed_headers.size() + payload_hash.size() + 5);
    for (std::string_view line : {method, path, query, headers, signed_headers}) {
        out += line;
        out += '\n';
    }
    out += payload_hash;
    return out;
}

std::string scope_text(std::string_view date, scope const& in) {
    std::string out(date);
    for (std::string_view part :
         {std::string_view(in.region), std::string_view(in.service), scope_terminator}) {
        out += '/';
        out += part;
    }
    return out;
}

std::string string_to_sign(std::string_view at_text, std::string_view scope,
                           std::string_view canonical) {
    std::string out(algorithm_name);
    for (std::string_view line : {at_text, scope}) {
        out += '\n';
        out += line;
    }
    out += '\n';
    out += body_hash(canonical);
    return out;
}

crypto::digest256 signing_key(secret const& secret_access_key, std::string_view date,
                              scope const& in) {
    crypto::digest256 key = crypto::hmac_sha256("AWS4" + secret_access_key.reveal(), date);
    for (std::string_view part :
         {std::string_view(in.region), std::string_view(in.service), scope_terminator})
        key = crypto::hmac_sha256(key.view(), part);
    return key;
}

stages sign_stages(std::string canonical, std::string_view at_text, std::string_view scope,
                   crypto::digest256 const& key) {
    stages out{.canonical_request = std::move(canonical), .string_to_sign = {}, .signature = {}};
    out.string_to_sign = string_to_sign(at_text, scope, out.canonical_request);
    out.signature = encode_hex(crypto::hmac_sha256(key.view(), out.string_to_sign).view());
    return out;
}

std::string join_names(std::vector<std::string> const& names) {
    std::string out;
    for (std::string const& name : names) {
        if (!out.empty())
            out += ';';
        out += name;
    }
    return out;
}

std::string body_hash(std::string_view body) {
    return body.empty() ? std::string(empty_body_hash) : encode_hex(crypto::sha256(body).view());
}

} // namespace cogniot::sigv4
