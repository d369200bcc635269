#include "cli/link_flags.hpp"

#include "base/text.hpp"
#include "client/errors.hpp"
#include "client/transports.hpp"
#include "crypto/random.hpp"

namespace cogniot::cli {
namespace {

/// `mqtt://host[:1883]`, `mqtts://host[:8883]`.
result<net::origin> parse_broker_url(std::string const& url) {
    auto const wrong = [&](std::string const& why) {
        return fail(client::errc::setting_unusable,
                    "--broker-url `" + printable(url) + "`: " + why);
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

} // namespace

void link_flags::declare(options& o) {
    o.number("-q,--qos", qos, 0, 1, "quality of service").group("MQTT");
    o.text("-i,--id", connection.given.client_id,
           "client ID; default: the identity ID (COGNIOT_CLIENT_ID)");
    o.group("MQTT");
    o.number("-k,--keepalive", keep_alive, 5, 1200, "seconds between pings").group("MQTT");
    o.flag("-c,--disable-clean-session", is_persistent_session,
           "the broker keeps the session; this is the default, the flag is mosquitto's");
    o.group("MQTT");
    o.flag("--clean-session", is_clean_session, "the broker forgets the session").group("MQTT");
    o.text("--publishes-per-second", connection.given.publishes_per_second,
           "send no faster, 0 = no limit; default: 80, for AWS IoT discards what exceeds 100; no "
           "limit to this machine and to --broker-url (COGNIOT_PUBLISHES_PER_SECOND)");
    o.group("MQTT");
    o.text("--broker-url", broker_url,
           "plain MQTT to any broker, mqtt://HOST[:PORT] or mqtts://…: nobody signs in");
    o.group("MQTT");
    connection.declare(o, client::reach::publish);
}

user_link::user_link(net::loop& loop, link_flags const& flags, terminal& io)
    : loop_(loop), flags_(flags), io_(io) {}
user_link::~user_link() = default;

result<std::unique_ptr<user_link>> user_link::open(net::loop& loop, link_flags const& flags,
                                                   terminal& io) {
    std::unique_ptr<user_link> out(new user_link(loop, flags, io));
    if (flags.is_clean_session && flags.is_persistent_session)
        return fail(client::errc::setting_unusable,
                    "--clean-session and --disable-clean-session contradict each other");
    if (flags.broker_url) {
        auto at = parse_broker_url(*flags.broker_url);
        if (!at)
            return at.error();
        out->plain_ = std::move(*at);
        auto const pace = client::read_publishes_per_second(flags.connection.given);
        if (!pace)
            return pace.error();
        out->plain_pace_ = pace->value_or(0);
        std::optional<std::filesystem::path> bundle;
        auto const variable = process_environment()("AWS_CA_BUNDLE");
        if (auto const& given =
                flags.connection.given.ca_bundle ? flags.connection.given.ca_bundle : variable)
            bundle = *given;
        auto trust = net::client_tls::make(bundle);
        if (!trust)
            return trust.error();
        out->trust_ = *trust;
        return out;
    }
    auto session = client_session::open(loop, flags.connection, client::reach::publish, io);
    if (!session)
        return session.error();
    out->session_ = std::move(*session);
    auto user = out->session_->user();
    if (!user)
        return user.error();
    out->user_ = std::move(*user);
    return out;
}

net::task<result<client::mqtt_link*>> user_link::bring_up(client::link_handlers handlers) {
    client::link_settings settings{.clean_session = flags_.is_clean_session,
                                   .keep_alive = std::chrono::seconds(flags_.keep_alive),
                                   .failures_allowed_at_first = 3};
    client::transport_opener opener;
    if (flags_.broker_url) {
        settings.broker = client::broker_kind::standard;
        settings.where = plain_.host_header();
        settings.publishes_per_second = plain_pace_;
        settings.client_id = flags_.connection.given.client_id.value_or("");
        if (settings.client_id.empty()) {
            // Nobody could resume a session under a name made up for this run.
            settings.client_id =
                "cogniot-" + random_text(crypto::system_random(), "0123456789abcdef", 12);
            settings.clean_session = true;
        }
        opener = client::open_plain_mqtt(plain_, trust_);
    } else {
        auto& flow = session_->flow();
        auto bringing = flow.bring_up(user_, client::reach::publish);
        auto up = co_await std::move(bringing);
        if (!up)
            co_return up.error();
        settings.client_id =
            flow.job().client_id.empty() ? flow.identity().text : flow.job().client_id;
        settings.where = flow.job().iot_endpoint.host_header();
        settings.publishes_per_second = flow.job().publishes_per_second;
        opener = client::open_presigned_websocket(flow);
    }
    if (flags_.connection.debug)
        handlers.on_report =
            [this, before = std::move(handlers.on_report)](client::link_report const& report) {
                print_link_report(io_, report);
                if (before)
                    before(report);
            };
    link_ = std::make_unique<client::mqtt_link>(loop_, std::move(settings), std::move(opener),
                                                crypto::system_random(), std::move(handlers));
    co_return link_.get();
}

void user_link::print_warnings() {
    if (session_)
        session_->print_warnings();
}

} // namespace cogniot::cli
