#include "cli/link_flags.hpp"

#include "client/errors.hpp"
#include "client/transports.hpp"
#include "crypto/random.hpp"

namespace cogniot::cli {

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
        auto plain =
            read_plain_broker(*flags.broker_url, flags.connection, process_environment(), io.in);
        if (!plain)
            return plain.error();
        out->plain_ = std::move(*plain);
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
    client::link_settings settings = plain_ ? plain_->link : client::link_settings{};
    settings.clean_session = flags_.is_clean_session || settings.clean_session;
    settings.keep_alive = std::chrono::seconds(flags_.keep_alive);
    settings.failures_allowed_at_first = 3;
    client::transport_opener opener;
    if (plain_) {
        opener = client::open_plain_mqtt(plain_->at, plain_->trust);
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
        settings.publishes_early = flow.job().publishes_early;
        opener = client::open_presigned_websocket(flow);
    }
    if (flags_.connection.debug)
        handlers.on_report =
            [print = make_link_printer(io_, settings),
             before = std::move(handlers.on_report)](client::link_report const& report) {
                print(report);
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
