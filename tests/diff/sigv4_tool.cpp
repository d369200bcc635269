// Our signer and verifier as a filter: JSON lines in, JSON lines out, in order. It lets
// signing_test.py hold them against AWS's own signers without knowing C++.
//
// in:  {"op":"sign"|"presign"|"presign_url"|"verify", "request":{method,path,query,headers,body},
//       "credentials":{...}, "region", "service", "at"|"now", ...}; `body` is base64
// out: the added headers or query and the three stages, or {"error":...,"detail":...}
#include "base/text.hpp"
#include "json/parse.hpp"
#include "sigv4/sigv4.hpp"

#include <boost/json.hpp>

#include <iostream>
#include <string>

namespace {

using namespace cogniot;

std::string text(json::object const& from, std::string_view key) {
    return std::string(json::find_string(from, key).value_or(""));
}

sigv4::request read_request(json::object const& line) {
    json::object const& from = line.at("request").as_object();
    sigv4::request out{.method = text(from, "method"),
                       .path = text(from, "path"),
                       .query = text(from, "query"),
                       .headers = {},
                       .body = decode_base64(text(from, "body")).value()};
    for (auto const& field : from.at("headers").as_array())
        out.headers.emplace_back(field.at(0).as_string(), field.at(1).as_string());
    return out;
}

sigv4::credentials read_credentials(json::object const& line) {
    json::object const& from = line.at("credentials").as_object();
    return {.access_key_id = text(from, "access_key_id"),
            .secret_access_key = secret(text(from, "secret_access_key")),
            .session_token = text(from, "session_token")};
}

std::optional<std::chrono::seconds> read_expires(json::object const& line) {
    auto const count = json::find_integer(line, "expires");
    return count ? std::optional(std::chrono::seconds(*count)) : std::nullopt;
}

json::object print(error const& e) {
    return {{"error", e.code.message()}, {"detail", e.detail}};
}

json::object print(sigv4::stages const& made) {
    return {{"canonical_request", made.canonical_request},
            {"string_to_sign", made.string_to_sign},
            {"signature", made.signature}};
}

json::object sign(json::object const& line, sigv4::scope const& in, utc_time at) {
    auto const made = sigv4::sign_in_stages(read_request(line), read_credentials(line), in, at);
    if (!made)
        return print(made.error());
    json::object out = print(made->made_of);
    json::array headers;
    for (auto const& [name, value] : made->added)
        headers.push_back(json::array{name, value});
    out["headers"] = std::move(headers);
    return out;
}

json::object presign(json::object const& line, sigv4::scope const& in, utc_time at) {
    auto const made = sigv4::presign_query(
        read_request(line), read_credentials(line), in, at, read_expires(line),
        text(line, "token") == "beside" ? sigv4::token_placement::beside_the_signature
                                        : sigv4::token_placement::signed_with_the_rest);
    if (!made)
        return print(made.error());
    json::object out = print(made->made_of);
    out["query"] = made->query;
    return out;
}

json::object presign_url(json::object const& line, sigv4::scope const& in, utc_time at) {
    auto const url =
        sigv4::presign(text(line, "host"), read_credentials(line), in, at, read_expires(line));
    return url ? json::object{{"url", *url}} : print(url.error());
}

json::object verify(json::object const& line, utc_time now) {
    sigv4::request const request = read_request(line);
    auto const shown = sigv4::read_presented(request);
    if (!shown)
        return print(shown.error());
    sigv4::verify_options options;
    if (std::string const token = text(line, "token"); token == "beside")
        options.session_token = sigv4::verify_options::token::must_not_be_signed;
    else if (token == "either")
        options.session_token = sigv4::verify_options::token::either;
    options.honour_expires = json::find_bool(line, "honour_expires").value_or(true);
    if (json::array const* hosts = json::find_array(line, "hosts"))
        for (auto const& host : *hosts)
            options.host_alternatives.emplace_back(host.as_string());
    auto const matched =
        sigv4::verify(request, *shown, read_credentials(line).secret_access_key, now, options);
    if (!matched)
        return print(matched.error());
    json::object out = print(*matched);
    out["access_key_id"] = shown->access_key_id;
    out["session_token"] = shown->session_token;
    return out;
}

json::object answer(json::object const& line) {
    std::string const op = text(line, "op");
    auto const at = parse_basic(text(line, "at"));
    if (!at)
        return {{"error", "`at` is not YYYYMMDDTHHMMSSZ"}, {"detail", ""}};
    sigv4::scope const in{.region = text(line, "region"), .service = text(line, "service")};
    if (op == "sign")
        return sign(line, in, *at);
    if (op == "presign")
        return presign(line, in, *at);
    if (op == "presign_url")
        return presign_url(line, in, *at);
    if (op == "verify")
        return verify(line, *at);
    return {{"error", "unknown op"}, {"detail", op}};
}

} // namespace

int main() {
    std::ios::sync_with_stdio(false);
    for (std::string line; std::getline(std::cin, line);) {
        auto const parsed = json::parse_object(line);
        std::cout << json::print(parsed ? answer(*parsed) : print(parsed.error())) << '\n';
    }
    std::cout.flush();
}
