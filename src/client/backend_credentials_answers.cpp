#include "client/backend_credentials_answers.hpp"

#include "base/text.hpp"
#include "client/errors.hpp"
#include "client/xml_answer.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

namespace cogniot::client {
namespace {

error not_understood(std::string what) {
    return fail(errc::backend_credentials_refused, std::move(what));
}

result<found_credentials> read_json(std::string_view text, char const* token_key) {
    auto const parsed = json::parse_object(text, {.max_bytes = 1 << 16});
    if (!parsed) // the answer holds secrets: the parser's position may be told, the text may not
        return not_understood("the answer is not a JSON object");
    auto const field = [&](char const* key) {
        return std::string(json::find_string(*parsed, key).value_or(""));
    };
    if (std::string const code = field("Code"); !code.empty() && code != "Success")
        return not_understood("the answer's Code is `" + printable(code, 100) +
                              "`: " + printable(field("Message")));
    found_credentials out{
        .keys = {field("AccessKeyId"), secret(field("SecretAccessKey")), field(token_key)}};
    for (auto const& [key, is_missing] :
         {std::pair{"AccessKeyId", out.keys.access_key_id.empty()},
          std::pair{"SecretAccessKey", out.keys.secret_access_key.empty()}})
        if (is_missing)
            return not_understood(std::string("the answer has no ") + key);
    if (std::string const expiration = field("Expiration"); !expiration.empty()) {
        out.expires = parse_extended(expiration);
        if (!out.expires)
            return not_understood("the answer's Expiration `" + printable(expiration, 100) +
                                  "` is not an ISO 8601 time");
    }
    return out;
}

/// The object that stands alone inside another, down to the one that is named; null if none is.
json::object const* find_inside(json::object const& in, std::string_view name) {
    if (auto const* const here = json::find_object(in, name))
        return here;
    for (auto const& [key, value] : in)
        if (auto const* const deeper = value.if_object())
            if (auto const* const found = find_inside(*deeper, name))
                return found;
    return nullptr;
}

std::string text_of(json::object const* in, std::string_view name) {
    return in ? std::string(trim(json::find_string(*in, name).value_or(""))) : std::string();
}

} // namespace

result<found_credentials> read_process_answer(std::string_view output) {
    auto const parsed = json::parse_object(output, {.max_bytes = 1 << 16});
    if (!parsed)
        return not_understood("its output is not a JSON object");
    if (json::find_integer(*parsed, "Version") != 1)
        return not_understood("its output's Version is not 1");
    return read_json(output, "SessionToken");
}

result<found_credentials> read_metadata_answer(std::string_view body) {
    return read_json(body, "Token");
}

result<found_credentials> read_sts_answer(std::string_view body) {
    auto const parsed = read_xml(body);
    auto const* const in = parsed ? find_inside(*parsed, "Credentials") : nullptr;
    found_credentials out{.keys = {text_of(in, "AccessKeyId"),
                                   secret(text_of(in, "SecretAccessKey")),
                                   text_of(in, "SessionToken")},
                          .expires = parse_extended(text_of(in, "Expiration"))};
    if (out.keys.access_key_id.empty() || out.keys.secret_access_key.empty() ||
        out.keys.session_token.empty() || !out.expires)
        return not_understood("STS's answer has no whole <Credentials>");
    return out;
}

std::string read_sts_error(std::string_view body) {
    auto const parsed = read_xml(body);
    auto const* const in = parsed ? find_inside(*parsed, "Error") : nullptr;
    std::string const code = text_of(in, "Code");
    return code.empty() ? std::string()
                        : printable(code, 100) + ": " + printable(text_of(in, "Message"));
}

} // namespace cogniot::client
