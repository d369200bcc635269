#include "local/http_front.hpp"

#include "base/text.hpp"
#include "local/clock_page.hpp"
#include "local/device_admission.hpp"
#include "local/faults/page.hpp"
#include "local/mqtt_upgrade.hpp"
#include "local/token_key_pages.hpp"

#include <algorithm>
#include <utility>

namespace cogniot::local {
namespace {

constexpr std::size_t max_websocket_message_bytes = 512 * 1024;
/// IAM's largest document is 131,072 characters, each up to three bytes and percent-encoded.
constexpr net::server_limits limits{.max_body_bytes = 1 << 20, .max_held_bytes = 32 << 20};
/// Connections that nobody has authenticated yet; over TLS each holds about 20 KiB while idle.
constexpr std::size_t max_strangers = 6'000;

request_source source_of(net::stream const& peer, std::string domain_name = {}) {
    auto const remote = peer.remote();
    return {remote.ip, remote.port, peer.is_tls() ? cloud::transport::tls : cloud::transport::plain,
            std::move(domain_name)};
}

/// One connection in the count of strangers, until it leaves or ends.
class stranger {
  public:
    explicit stranger(std::size_t& count) : count_(&count) { ++*count_; }
    stranger(stranger const&) = delete;
    stranger& operator=(stranger const&) = delete;
    ~stranger() { leave(); }
    void leave() {
        if (count_ != nullptr)
            --*std::exchange(count_, nullptr);
    }

  private:
    std::size_t* count_;
};

/// The name the client connected to, for policies (iot:DomainName): Host without its port.
std::string domain_name(net::http_request const& request) {
    std::string const host(request.headers.find("host").value_or(""));
    return host.substr(0, host.find(':'));
}

} // namespace

http_front::http_front(api_context& api, ledger& to, mqtt_host& host, key_maker& keys, clock& time,
                       broker::profile const& rules, status_source status)
    : api_(api), ledger_(to), host_(host), keys_(keys), clock_(time), rules_(rules),
      status_(status) {}

void http_front::after_change() {
    host_.world_changed();
    auto& idp = api_.world.cognito_idp;
    auto const keyless = std::ranges::count_if(
        idp.pools, [](auto const& pool) { return !pool.second.keys.has_value(); });
    if (keyless > 0)
        keys_.prepare(2 * static_cast<std::size_t>(keyless));
    host_.end_devices(std::exchange(api_.world.iot.ended_certificates, {}));
    while (!idp.outbox.empty()) {
        auto const& message = idp.outbox.front();
        // A code that AWS would mail or text, so that a person can type it.
        api_.log.begin_request();
        api_.log.write({.what = event_facts::kind::code, .type = "Message"}, message.at,
                       [&](log_fields& line) {
                           line.text("userPoolId", message.pool_id)
                               .text("userName", message.username)
                               .text("medium", message.medium)
                               .text("destination", message.destination)
                               .text("code", message.code.reveal());
                       });
        idp.outbox.pop_front();
    }
}

net::task<void> http_front::run_connection(net::stream_ptr peer) {
    // AWS IoT's way to MQTT with a client certificate on the shared port.
    if (peer->alpn() == mqtt_by_certificate) {
        auto serving = run_device(std::move(peer));
        co_await std::move(serving);
        co_return;
    }
    if (strangers_ >= max_strangers) {
        peer->abort();
        co_return;
    }
    auto const counted = std::make_shared<stranger>(strangers_);
    auto handle = [this, counted](net::http_request const& request,
                                  net::stream& from) -> net::task<net::http_answer> {
        auto made = answer(request, from);
        if (made.later) {
            auto waiting = host_.wait_for(made.later->waits_for(), from);
            auto const done = co_await std::move(waiting);
            auto const now = clock_.now();
            made = stored(request, made.later->finish(done, now), now);
        }
        // A known principal signed it: no stranger any more. The broker ends it if CONNECT
        // does not come.
        if (std::holds_alternative<net::take_over>(made.answer))
            counted->leave();
        if (made.delay.count() > 0) {
            auto waiting = net::sleep_for(made.delay);
            co_await std::move(waiting);
        }
        co_return std::move(made.answer);
    };
    auto serving = net::serve_http(std::move(peer), limits, handle);
    co_await std::move(serving);
}

net::task<void> http_front::run_device(net::stream_ptr peer) {
    auto who = admit_device(api_, *peer, "MQTT", clock_.now());
    if (!who) {
        peer->abort();
        co_return;
    }
    auto const device = std::make_shared<mqtt_principal>(std::move(who), api_.world.settings.region,
                                                         peer->remote().ip, cloud::transport::tls,
                                                         printable(peer->server_name(), 255));
    auto running =
        host_.run_connection(std::move(peer), rules_, device, mqtt_host::transport::tcp, {});
    co_await std::move(running);
}

http_front::held_answer http_front::answer(net::http_request const& request,
                                           net::stream const& peer) {
    auto const now = clock_.now();
    auto from = source_of(peer, domain_name(request));
    if (peer.alpn() == http_by_certificate) {
        from.by_certificate = true;
        // For each request anew: its certificate may have been deactivated since the last one.
        from.certificate_owner = admit_device(api_, peer, "HTTP", now);
        return stored(request, answer_api(api_, request, from, now), now);
    }
    auto const path = request.path();
    if (path == "/mqtt" && request.method == "GET")
        return {open_mqtt(request, peer, now)};
    auto const offset = clock_.offset();
    if (auto page = answer_clock(clock_, request)) {
        if (clock_.offset() != offset)
            host_.clock_moved(offset - clock_.offset());
        return {std::move(*page)};
    }
    if (auto page = answer_faults(api_.faults, request, now)) {
        if (page->is_changed)
            host_.faults_changed(api_.faults);
        return {std::move(page->response)};
    }
    if (auto page = answer_status(status_, request, now))
        return {std::move(*page)};
    if (auto page = answer_token_key_page(api_, request, now))
        return stored(request, std::move(*page), now);
    return stored(request, answer_api(api_, request, from, now), now);
}

http_front::held_answer http_front::stored(net::http_request const& request, api_answer made,
                                           utc_time now) {
    // Also for a call that changed nothing: the same call may have failed to be stored before, and
    // memory then has what the disk has not.
    if (auto done = ledger_.commit(made.persist); !done) {
        api_.log.write_own("SERVER_ERROR",
                           "what a call rests on could not be stored: " + done.error().message(),
                           now);
        made.response = answer_not_stored(
            request, done.error(),
            std::string(made.response.headers.find("x-amzn-RequestId").value_or("")), now);
    }
    after_change();
    api_.log.flush();
    return {std::move(made.response), made.delay, std::move(made.later)};
}

net::http_answer http_front::open_mqtt(net::http_request const& request, net::stream const& peer,
                                       utc_time now) {
    auto const from = source_of(peer);
    auto const target = peer.local();
    auto checked = admit_mqtt(api_, request, from,
                              {target.ip, target.port, printable(peer.server_name(), 255)}, now);
    api_.log.flush();
    if (auto* refused = std::get_if<net::http_response>(&checked))
        return std::move(*refused);
    auto& admitted = std::get<mqtt_admission>(checked);
    auto who = std::make_shared<mqtt_principal>(std::move(admitted.who), std::move(admitted.region),
                                                from.ip, from.how, domain_name(request));
    net::take_over over;
    over.run = [this, who, subprotocol = std::move(admitted.subprotocol)](
                   net::stream_ptr plain, net::http_request upgrade,
                   std::string already_read) -> net::task<void> {
        auto upgrading =
            net::accept_websocket(std::move(plain), std::move(upgrade), std::move(already_read),
                                  subprotocol, max_websocket_message_bytes);
        auto opened = co_await std::move(upgrading);
        if (!opened)
            co_return;
        auto running = host_.run_connection(std::move(*opened), rules_, who,
                                            mqtt_host::transport::websocket, {});
        co_await std::move(running);
    };
    return over;
}

} // namespace cogniot::local
