// `cogniot presign`: prints the wss URL of AWS IoT's device gateway, or of the local cloud, with
// its signature in the query.
#include "base/number.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "sigv4/sigv4.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ostream>

namespace cogniot::cli {
namespace {

std::string environment_value(char const* name) {
    char const* const value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

bool is_port(std::string_view text) {
    return parse_number<std::uint16_t>(text).value_or(0) > 0;
}

/// What is wrong with a `host[:port]`; empty if nothing is.
std::string fault_of_endpoint(std::string_view endpoint) {
    if (auto const scheme = endpoint.find("://"); scheme != std::string_view::npos) {
        std::string_view const rest = endpoint.substr(scheme + 3);
        return "is a URL; give the host alone: `" +
               printable(rest.substr(0, rest.find_first_of("/?#"))) + "`";
    }
    if (endpoint.find_first_of("/?#") != std::string_view::npos)
        return "has a path; give the host alone: `" +
               printable(endpoint.substr(0, endpoint.find_first_of("/?#"))) + "`";
    bool const is_ipv6 = endpoint.starts_with('[');
    if (!is_ipv6 && std::count(endpoint.begin(), endpoint.end(), ':') > 1)
        return "has several colons; an IPv6 address goes in brackets: `[::1]:8443`";
    std::size_t const host_end =
        is_ipv6 ? endpoint.find(']') : std::min(endpoint.find(':'), endpoint.size());
    if (host_end == std::string_view::npos)
        return "has no closing bracket";
    std::string_view const host = endpoint.substr(is_ipv6 ? 1 : 0, host_end - (is_ipv6 ? 1 : 0));
    std::string_view const after = endpoint.substr(host_end + (is_ipv6 ? 1 : 0));
    std::string_view const allowed = is_ipv6
                                         ? "0123456789abcdefABCDEF:."
                                         : "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                           "0123456789-._";
    if (host.empty())
        return "has no host";
    if (host.find_first_not_of(allowed) != std::string_view::npos)
        return "has a character that no host name has";
    if (!after.empty() && (after.front() != ':' || !is_port(after.substr(1))))
        return "has no port between 1 and 65535 after the host";
    return {};
}

/// Browsers and SDKs leave the scheme's own port out of the Host header, so it is not signed.
std::string_view without_default_port(std::string_view endpoint) {
    if (endpoint.ends_with(":443"))
        endpoint.remove_suffix(4);
    return endpoint;
}

bool has_no_place_in_a_scope(std::string const& text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return c == '/' || c <= ' ' || c > '~'; });
}

class presign_command final : public command {
  public:
    std::string_view name() const override { return "presign"; }
    std::string_view summary() const override {
        return "Prints a presigned wss URL for MQTT over WebSocket";
    }
    std::string_view description() const override {
        return "The URL is byte for byte what AWS's common runtime makes of the same key and "
               "time.\n"
               "AWS IoT accepts it for five minutes, whatever --expires says; a connection that\n"
               "is open stays open. The session token takes no part in the signature.\n\n"
               "Other users of this machine can see secrets in a command line (ps); without these\n"
               "flags the key is read from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and\n"
               "AWS_SESSION_TOKEN, the region from AWS_REGION or AWS_DEFAULT_REGION. The token in\n"
               "the environment is used with the access key in the environment alone.\n\n"
               "  cogniot presign --endpoint a1b2c3d4e5f6g7-ats.iot.ap-northeast-1.amazonaws.com "
               "\\\n"
               "                  --region ap-northeast-1";
    }
    void declare(options& flags) override {
        flags.text("--endpoint", endpoint_, "HOST[:PORT] of the device gateway").required();
        flags.text("--region", region_, "The endpoint's region");
        flags.text("--access-key-id", access_key_id_, "Who signs");
        flags.text("--secret-access-key", secret_access_key_,
                   "With which key (visible in ps; better AWS_SECRET_ACCESS_KEY)");
        flags.text("--session-token", session_token_, "The token of temporary credentials");
        flags.text("--at", at_, "When, e.g. 2026-01-02T03:04:05Z (default: now)");
        flags.number("--expires", expires_, 1, 604'800,
                     "X-Amz-Expires in seconds (default: left out, as AWS's device SDKs do)");
        flags.text("--service", service_, "The service name that is signed for");
    }
    exit_code run(terminal& io) override {
        auto const url = make_url();
        if (!url)
            return give_up(exit_code::usage, url.error().detail, io);
        io.out << *url << '\n';
        return exit_code::ok;
    }

  private:
    static error wrong(std::string detail) {
        return {make_error_code(boost::system::errc::invalid_argument), std::move(detail)};
    }

    /// Flags first, then the environment.
    result<sigv4::credentials> find_credentials() const {
        sigv4::credentials who;
        who.access_key_id = access_key_id_.value_or(environment_value("AWS_ACCESS_KEY_ID"));
        who.secret_access_key =
            secret(secret_access_key_.value_or(environment_value("AWS_SECRET_ACCESS_KEY")));
        who.session_token = session_token_.value_or(
            access_key_id_ ? std::string() : environment_value("AWS_SESSION_TOKEN"));
        if (who.access_key_id.empty())
            return wrong("no access key: give --access-key-id or set AWS_ACCESS_KEY_ID");
        if (who.secret_access_key.empty())
            return wrong("no secret key: give --secret-access-key or set AWS_SECRET_ACCESS_KEY");
        if (has_no_place_in_a_scope(who.access_key_id))
            return wrong("`" + printable(who.access_key_id) + "` is not an access key id");
        return who;
    }

    result<sigv4::scope> find_scope() const {
        std::string region = region_.value_or(environment_value("AWS_REGION"));
        if (region.empty())
            region = environment_value("AWS_DEFAULT_REGION");
        if (region.empty())
            return wrong("no region: give --region or set AWS_REGION");
        if (has_no_place_in_a_scope(region))
            return wrong("`" + printable(region) + "` is not a region");
        if (service_.empty() || has_no_place_in_a_scope(service_))
            return wrong("`" + printable(service_) + "` is not a service name");
        return sigv4::scope{.region = std::move(region), .service = service_};
    }

    result<utc_time> find_instant() const {
        if (!at_)
            return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
        auto at = parse_extended(*at_);
        if (!at)
            at = parse_basic(*at_);
        if (!at)
            return wrong("--at `" + printable(*at_) +
                         "` is not a time such as 2026-01-02T03:04:05Z");
        return *at;
    }

    result<std::string> make_url() const {
        if (std::string const fault = fault_of_endpoint(endpoint_); !fault.empty())
            return wrong("--endpoint `" + printable(endpoint_) + "` " + fault);
        auto const in = find_scope();
        if (!in)
            return in.error();
        auto const who = find_credentials();
        if (!who)
            return who.error();
        auto const at = find_instant();
        if (!at)
            return at.error();
        std::optional<std::chrono::seconds> life;
        if (expires_)
            life = std::chrono::seconds(*expires_);
        return sigv4::presign(without_default_port(endpoint_), *who, *in, *at, life);
    }

    std::string endpoint_;
    std::optional<std::string> region_;
    std::optional<std::string> access_key_id_;
    std::optional<std::string> secret_access_key_;
    std::optional<std::string> session_token_;
    std::optional<std::string> at_;
    std::optional<std::int64_t> expires_;
    std::string service_ = "iotdevicegateway";
};

} // namespace

std::unique_ptr<command> make_presign() {
    return std::make_unique<presign_command>();
}

} // namespace cogniot::cli
