#include "cli/plain_broker.hpp"

#include "base/text.hpp"
#include "cli/password_input.hpp"
#include "client/errors.hpp"
#include "crypto/random.hpp"
#include "net/shown_url.hpp"

namespace cogniot::cli {
namespace {

/// `mqtt://host[:1883]`, `mqtts://host[:8883]`.
result<net::origin> parse_broker_url(std::string const& url) {
    auto const wrong = [&](std::string const& why) {
        return fail(client::errc::setting_unusable,
                    "--broker-url `" + net::shown_url(url) + "`: " + why);
    };
    bool const tls = url.starts_with("mqtts://");
    if (!tls && !url.starts_with("mqtt://"))
        return wrong("it starts with mqtt:// or mqtts://");
    // Hosts and ports are written as in http URLs.
    auto const rest = url.substr(url.find("://") + 3);
    auto parsed = net::parse_base_url((tls ? "https://" : "http://") + rest);
    if (!parsed)
        return wrong(parsed.error().detail);
    if (!parsed->path.empty())
        return wrong("a broker has no path");
    auto const colon = rest.rfind(':');
    auto const bracket = rest.rfind(']'); // an IPv6 address has colons of its own
    if (colon == std::string::npos || (bracket != std::string::npos && colon < bracket))
        parsed->at.port = tls ? 8883 : 1883;
    return parsed->at;
}

/// What MQTT 3.1.1 takes (section 3.1.3.1); the broker may be stricter.
result<void> check_client_id(std::string const& id) {
    if (id.size() > 65535)
        return fail(client::errc::setting_unusable, "--id: MQTT takes at most 65535 bytes");
    if (!is_utf8(id) || id.find('\0') != std::string::npos)
        return fail(client::errc::setting_unusable, "--id `" + printable(id) + "`: not UTF-8 text");
    return {};
}

result<void> add_user(plain_broker& to, connection_flags const& flags,
                      client::environment const& env, std::istream& password) {
    if (flags.password_stdin && !flags.given.username)
        return fail(client::errc::setting_missing, "--password-stdin needs -u with --broker-url");
    to.link.user_name = flags.given.username;
    if (!to.link.user_name)
        return {};
    if (flags.password_stdin) {
        auto line = read_password_line(password);
        if (!line)
            return line.error();
        to.link.password = line->reveal();
    } else if (auto const variable = env("COGNIOT_PASSWORD")) {
        to.link.password = *variable;
    }
    return {};
}

} // namespace

result<plain_broker> read_plain_broker(std::string const& url, connection_flags const& flags,
                                       client::environment const& env, std::istream& password) {
    auto const at = parse_broker_url(url);
    if (!at)
        return at.error();
    auto const settings = resolve(flags, env);
    if (!settings)
        return settings.error();
    auto const pace = client::read_publishes_per_second(settings->values);
    if (!pace)
        return pace.error();
    plain_broker out{.at = *at,
                     .link = {.client_id = settings->values.client_id.value_or(""),
                              .broker = client::broker_kind::standard,
                              .where = at->host_header(),
                              .publishes_per_second = pace->value_or(0)}};
    if (auto const fine = check_client_id(out.link.client_id); !fine)
        return fine.error();
    if (out.link.client_id.empty()) {
        // Nobody could resume a session under a name made up for this run.
        out.link.client_id =
            "cogniot-" + random_text(crypto::system_random(), "0123456789abcdef", 12);
        out.link.clean_session = true;
    }
    if (auto const added = add_user(out, flags, env, password); !added)
        return added.error();
    if (!at->tls)
        return out;
    std::optional<std::filesystem::path> bundle;
    auto const variable = env("AWS_CA_BUNDLE");
    for (auto const& named : {settings->flags.ca_bundle, variable, settings->fallbacks.ca_bundle})
        if (!bundle && named && !named->empty()) // empty counts as absent, as AWS's tools see it
            bundle = *named;
    auto trust = net::client_tls::make(bundle);
    if (!trust)
        return trust.error();
    out.trust = *trust;
    return out;
}

} // namespace cogniot::cli
