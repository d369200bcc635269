#include "identity/token.hpp"

#include "base/text.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

namespace cogniot::identity {

namespace {

// Tokens of users in a hundred groups stay far below this.
constexpr std::size_t max_token_bytes = 64 * 1024;

} // namespace

std::string make_token(std::string_view key_id, crypto::rsa_key const& key,
                       boost::json::object const& claims) {
    boost::json::object const header{{"kid", key_id}, {"alg", "RS256"}};
    auto text = encode_base64url(json::print(header));
    text += '.';
    text += encode_base64url(json::print(claims));
    auto const signature = encode_base64url(key.sign(text));
    text += '.';
    return text + signature;
}

result<decoded_token> decode_token(std::string_view text) {
    auto const parts = split(text, '.');
    if (text.size() > max_token_bytes || parts.size() != 3)
        return fail(errc::not_a_token);
    auto const header_text = decode_base64url(parts[0]);
    auto const claims_text = decode_base64url(parts[1]);
    auto signature = decode_base64url(parts[2]);
    if (!header_text || !claims_text || !signature)
        return fail(errc::not_a_token);
    auto const header = json::parse_object(*header_text);
    auto claims = json::parse_object(*claims_text);
    if (!header || !claims)
        return fail(errc::not_a_token);
    if (json::find_string(*header, "alg") != "RS256")
        return fail(errc::algorithm_not_supported);
    return decoded_token{.key_id = std::string(json::find_string(*header, "kid").value_or("")),
                         .claims = std::move(*claims),
                         .signed_text =
                             std::string(text.substr(0, parts[0].size() + 1 + parts[1].size())),
                         .signature = std::move(*signature)};
}

bool is_signed_by(decoded_token const& token, std::string_view modulus, std::string_view exponent) {
    return crypto::verify_rs256(modulus, exponent, token.signed_text, token.signature);
}

boost::json::object print_public_key(std::string_view key_id, std::string_view modulus,
                                     std::string_view exponent) {
    return {{"alg", "RS256"}, {"e", encode_base64url(exponent)}, {"kid", key_id},
            {"kty", "RSA"},   {"n", encode_base64url(modulus)},  {"use", "sig"}};
}

} // namespace cogniot::identity
