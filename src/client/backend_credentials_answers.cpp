#include "client/backend_credentials_answers.hpp"

#include "base/text.hpp"
#include "client/errors.hpp"
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

/// Replaces the five entities of XML; answers of STS have no others.
std::string decode_entities(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        bool found = false;
        for (auto const& [entity, meaning] : {std::pair<std::string_view, char>{"&amp;", '&'},
                                              {"&lt;", '<'},
                                              {"&gt;", '>'},
                                              {"&quot;", '"'},
                                              {"&apos;", '\''}}) {
            if (!text.starts_with(entity))
                continue;
            out += meaning;
            text.remove_prefix(entity.size());
            found = true;
            break;
        }
        if (!found) {
            out += text.front();
            text.remove_prefix(1);
        }
    }
    return out;
}

/// The text of the first element of that name; empty if there is none.
std::string element_text(std::string_view xml, std::string const& name) {
    auto const begin = xml.find("<" + name + ">");
    if (begin == std::string_view::npos)
        return {};
    auto const from = begin + name.size() + 2;
    auto const end = xml.find("</" + name + ">", from);
    return end == std::string_view::npos ? std::string()
                                         : decode_entities(trim(xml.substr(from, end - from)));
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
    found_credentials out{.keys = {element_text(body, "AccessKeyId"),
                                   secret(element_text(body, "SecretAccessKey")),
                                   element_text(body, "SessionToken")},
                          .expires = parse_extended(element_text(body, "Expiration"))};
    if (out.keys.access_key_id.empty() || out.keys.secret_access_key.empty() ||
        out.keys.session_token.empty() || !out.expires)
        return not_understood("STS's answer has no whole <Credentials>");
    return out;
}

std::string read_sts_error(std::string_view body) {
    std::string const code = element_text(body, "Code");
    return code.empty() ? std::string()
                        : printable(code, 100) + ": " + printable(element_text(body, "Message"));
}

} // namespace cogniot::client
