#include "client/doctor/url_check.hpp"

#include "base/number.hpp"
#include "base/text.hpp"
#include "client/doctor/in_ticks.hpp"
#include "client/errors.hpp"
#include "client/settings.hpp"

#include <algorithm>

namespace cogniot::client::doctor {
namespace {

using namespace std::chrono_literals;
/// @source spec iot-broker 1.4: whatever X-Amz-Expires says
constexpr auto gateway_takes = 5min;
constexpr std::string_view token_name = "X-Amz-Security-Token=";
constexpr std::string_view signature_name = "X-Amz-Signature=";

std::string print_minutes(std::chrono::milliseconds span) {
    auto const seconds = std::chrono::round<std::chrono::seconds>(span).count();
    return std::to_string(seconds / 60) + " min " + std::to_string(seconds % 60) + " s";
}

finding fault(std::string says, std::string remedy) {
    return failed(step::url, fail(errc::signature_refused, std::move(says)), std::move(remedy));
}

/// The value of a query parameter as it stands; empty if there is none.
std::string_view value_of(std::string_view query, std::string_view name) {
    auto const at = query.find(name);
    if (at == std::string_view::npos)
        return {};
    auto const rest = query.substr(at + name.size());
    return rest.substr(0, rest.find('&'));
}

/// Whether the URL's signature is this secret's, made in this way.
bool is_signed_so(gateway_url const& url, sigv4::presented const& shown, secret const& with,
                  sigv4::verify_options::token token, std::vector<std::string> hosts) {
    sigv4::verify_options options;
    options.session_token = token;
    options.honour_expires = false;
    options.host_alternatives = std::move(hosts);
    return sigv4::verify(url.as_request(), shown, with, shown.at, options).has_value();
}

/// The hosts that a signer may have meant.
std::vector<std::string> hosts_of(gateway_url const& url) {
    auto const& bare = url.at.host;
    return {bare,          bare + ":" + std::to_string(url.at.port),
            bare + ":443", bare + ":8883",
            "localhost",   "localhost:" + std::to_string(url.at.port),
            "127.0.0.1",   "127.0.0.1:" + std::to_string(url.at.port)};
}

/// @param age  since it was signed
std::optional<finding> check_age(std::chrono::milliseconds age) {
    if (age > gateway_takes)
        return fault("it was signed " + print_minutes(age) +
                         " ago, or by a clock that is behind, and the gateway takes a URL for five "
                         "minutes, whatever X-Amz-Expires says; a connection that is open stays "
                         "open",
                     "sign a new URL for every connection");
    if (-age > gateway_takes)
        return fault("it was signed " + print_minutes(-age) +
                         " in the future: the signer's clock is ahead",
                     "set the signer's clock (NTP)");
    return {};
}

finding check_signature(gateway_url const& url, sigv4::presented const& shown,
                        sigv4::credentials const& signer) {
    using token = sigv4::verify_options::token;
    auto const& with = signer.secret_access_key;
    // The Host header goes with or without the port.
    std::vector<std::string> const here{url.host, url.at.host};
    if (is_signed_so(url, shown, with, token::must_not_be_signed, here))
        return passed(step::url,
                      "the signature is that of access key " + printable(shown.access_key_id, 64));
    if (is_signed_so(url, shown, with, token::must_be_signed, here))
        return fault("the session token is part of what was signed, and AWS IoT wants it added "
                     "when the rest is signed",
                     "sign as AWS's IoT SDKs and `cogniot presign` do");
    for (auto const& host : hosts_of(url))
        if (is_signed_so(url, shown, with, token::either, {host}))
            return fault("the URL was signed for host " + in_ticks(host) + " and leads to " +
                             in_ticks(url.host),
                         "sign for the host that is connected to");
    return fault(
        "with the secret of access key " + printable(shown.access_key_id, 64) +
            " the signature is another one: another secret was used, another host or "
            "path was signed, or the URL was changed afterwards",
        "sign with the secret that belongs to this access key, and leave the URL as it is");
}

} // namespace

sigv4::request gateway_url::as_request() const {
    return {.method = "GET", .path = path, .query = query, .headers = {{"host", host}}};
}

result<gateway_url> parse_gateway_url(std::string_view text) {
    auto const unusable = [](std::string why) {
        return fail(errc::setting_unusable, "--url: " + std::move(why));
    };
    gateway_url out;
    auto const scheme = text.substr(0, text.find("://"));
    if (scheme.size() == text.size() || (scheme != "wss" && scheme != "ws"))
        return unusable("a gateway's URL begins with wss://");
    out.at.tls = scheme == "wss";
    auto rest = text.substr(scheme.size() + 3);
    auto const slash = rest.find('/');
    out.host = std::string(rest.substr(0, slash));
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
    out.path = std::string(rest.substr(0, rest.find('?')));
    if (rest.size() > out.path.size())
        out.query = std::string(rest.substr(out.path.size() + 1));
    auto const colon = out.host.rfind(':');
    out.at.host = out.host.substr(0, colon);
    out.at.port = out.at.tls ? 443 : 80;
    if (colon != std::string::npos) {
        auto const digits = std::string_view(out.host).substr(colon + 1);
        out.at.port = parse_number<std::uint16_t>(digits).value_or(0);
        if (out.at.port == 0)
            return unusable("there is no port between 1 and 65535 after the host");
    }
    constexpr std::string_view of_names =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    if (out.at.host.empty() || out.at.host.find_first_not_of(of_names) != std::string::npos)
        return unusable("there is no host name in it");
    if (std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c >= 0x7f; }))
        return unusable("there is a character in it that no URL has");
    return out;
}

std::vector<secret> secrets_of(gateway_url const& url) {
    std::vector<secret> out;
    for (auto const name : {token_name, signature_name})
        if (auto const value = value_of(url.query, name); !value.empty()) {
            out.emplace_back(std::string(value));
            if (auto decoded = percent_decode(value))
                out.emplace_back(std::move(*decoded));
        }
    return out;
}

std::vector<finding> check_url(gateway_url const& url, std::optional<time_of_judgement> const& at,
                               std::optional<sigv4::credentials> const& signer) {
    auto const shown = sigv4::read_presented(url.as_request());
    if (!shown)
        return {fault("it carries no signature that can be read: " + shown.error().message(),
                      "sign it anew, see `cogniot presign`")};
    std::vector<finding> out;
    if (url.path != "/mqtt")
        out.push_back(fault("the path is " + in_ticks(url.path) + ", the gateway's is /mqtt",
                            "connect to /mqtt"));
    if (shown->in.service != "iotdevicegateway" && shown->in.service != "iotdata")
        out.push_back(fault("it is signed for service " + in_ticks(shown->in.service) +
                                ", the gateway's is iotdevicegateway",
                            "sign for iotdevicegateway"));
    auto const region = region_of_iot_endpoint(url.at.host);
    if (!region.empty() && region != shown->in.region)
        out.push_back(fault("it is signed for region " + in_ticks(shown->in.region) +
                                " and leads to " + region,
                            "sign for " + region));
    if (shown->session_token.empty() && shown->access_key_id.starts_with("ASIA"))
        out.push_back(fault("access key " + printable(shown->access_key_id, 64) +
                                " is a temporary one, and there is no X-Amz-Security-Token",
                            "add the session token behind the signature"));
    auto aged = at ? check_age(at->now - shown->at) : std::nullopt;
    if (aged && !at->is_aws)
        aged = suspected(step::url,
                         aged->says + "; that is by this machine's clock, which no answer of AWS "
                                      "was there to compare with",
                         aged->remedy);
    if (aged)
        out.push_back(std::move(*aged));
    bool const has_secret = signer && signer->access_key_id == shown->access_key_id;
    if (has_secret)
        out.push_back(check_signature(url, *shown, *signer));
    else if (out.empty())
        out.push_back(passed(step::url, "nothing in it is wrong by itself; give the key's "
                                        "credentials (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) "
                                        "and the signature is checked, too"));
    return out;
}

} // namespace cogniot::client::doctor
