#include "client/doctor/probe.hpp"

#include "base/text.hpp"
#include "broker/advice.hpp"
#include "client/doctor/limits.hpp"
#include "client/errors.hpp"
#include "net/with_timeout.hpp"

#include <algorithm>
#include <array>

namespace cogniot::client::doctor {
namespace {

constexpr mqtt::packet_id only_id = 1;
constexpr std::size_t connack_head = 4;

bool is_hang_up(error const& e) {
    return e.code == make_error_code(errc::hung_up);
}

} // namespace

probe::probe(std::function<net::task<transport>()> open, probe_settings as)
    : open_(std::move(open)), as_(std::move(as)) {}

told_by probe::teller(std::string_view action) const {
    return {.client_id = as_.client_id,
            .is_doctor = true,
            .has_iot_policy = as_.has_iot_policy,
            .policies_allow =
                std::ranges::find(as_.allowed_actions, action) != as_.allowed_actions.end()};
}

net::task<result<void>> probe::converse(std::string bytes, is_answer answers) {
    auto writing = stream_->write(bytes);
    auto const written = co_await std::move(writing);
    if (!written)
        co_return fail(errc::hung_up, "the broker closed the connection");
    std::array<char, 4096> buffer{};
    for (;;) {
        auto const next = in_.next();
        if (!next)
            co_return fail(errc::broker_broke_protocol, next.error().message());
        if (*next) {
            if (answers(**next))
                co_return result<void>();
            if (auto const* const bye = std::get_if<mqtt::disconnect>(&**next))
                goodbye_ = bye->code;
            continue;
        }
        auto reading = stream_->read_some(buffer);
        auto const got = co_await std::move(reading);
        if (!got && got.error().code == net::make_error_code(net::errc::cancelled))
            co_return got.error();
        if (!got || *got == 0)
            co_return fail(errc::hung_up, "the broker closed the connection");
        if (head_.size() < connack_head)
            head_.append(buffer.data(), std::min(*got, connack_head - head_.size()));
        in_.append({buffer.data(), *got});
    }
}

net::task<result<void>> probe::exchange(mqtt::packet const& what, is_answer answers) {
    // Not a coroutine: what the packet's views look at need not outlive the call.
    return converse_in_time(mqtt::encode(what, as_.version), std::move(answers));
}

net::task<result<void>> probe::converse_in_time(std::string bytes, is_answer answers) {
    auto conversing = converse(std::move(bytes), std::move(answers));
    auto bounded = net::with_timeout(answer_timeout, std::move(conversing));
    auto done = co_await std::move(bounded);
    if (done)
        co_return done;
    stream_->abort();
    stream_.reset();
    if (done.error().code == net::make_error_code(net::errc::timed_out))
        co_return fail(errc::no_answer_in_time, "the broker did not answer within " +
                                                    std::to_string(answer_timeout.count()) + " s");
    co_return done.error();
}

net::task<result<bool>> probe::connect() {
    auto opening = open_();
    auto opened = co_await std::move(opening);
    if (!opened.stream)
        co_return opened.failure ? opened.failure->why : fail(errc::stopped);
    stream_ = std::move(opened.stream);
    in_ = mqtt::decoder(mqtt::decoder::role::reads_from_server);
    in_.set_version(as_.version);
    head_.clear();
    goodbye_.reset();
    std::optional<mqtt::connack> answer;
    auto exchanging = exchange(mqtt::connect{.level = as_.version,
                                             .clean_start = as_.clean_session,
                                             .keep_alive_seconds = 30,
                                             .client_id = as_.client_id},
                               [&](mqtt::packet const& p) {
                                   if (auto const* const connack = std::get_if<mqtt::connack>(&p))
                                       answer = *connack;
                                   return answer.has_value();
                               });
    auto const done = co_await std::move(exchanging);
    if (auto fault = find_version_fault()) {
        if (stream_)
            stream_->abort();
        stream_.reset();
        co_return *fault;
    }
    if (!done && is_hang_up(done.error()))
        co_return fail(errc::connect_denied, connect_denied_causes(teller("iot:Connect")));
    if (!done)
        co_return done.error();
    if (answer->code == 0)
        co_return answer->session_present;
    stream_->abort();
    stream_.reset();
    co_return explain_connack(answer->code);
}

std::optional<error> probe::find_version_fault() const {
    // CONNACK of 3.1.1: 20 02, flags, return code. MQTT 5 has properties behind, be it none.
    bool const is_short = head_.size() >= connack_head && head_.starts_with("\x20\x02");
    if (as_.version != mqtt::version::v5 || !is_short)
        return {};
    if (head_[3] == 1)
        return fail(errc::broker_refused_connect,
                    "the broker does not speak MQTT 5 and says so in the form of MQTT 3.1.1 "
                    "(CONNACK 1, unacceptable protocol version); AWS IoT speaks it: speak MQTT "
                    "3.1.1 to this one");
    return fail(errc::broker_broke_protocol,
                "the broker answers the CONNECT of MQTT 5 with the CONNACK of MQTT 3.1.1, which no "
                "MQTT 5 client can read (AWS_ERROR_MQTT5_DECODE_PROTOCOL_ERROR): a fault of this "
                "broker, not of AWS IoT; speak MQTT 3.1.1 to it");
}

error probe::explain_connack(mqtt::reason_code code) const {
    if (as_.version == mqtt::version::v31 && code == 1)
        return fail(errc::broker_refused_connect,
                    "the broker does not take MQTT 3.1 (protocol name MQIsdp, CONNACK 1), which "
                    "AWS IoT does and older clients send: a fault of this broker; speak MQTT "
                    "3.1.1 to it");
    if (as_.version != mqtt::version::v5)
        return fail(errc::broker_refused_connect, connack_refusal_causes(code, as_.client_id));
    auto const& rules = aws_rules();
    switch (code) {
    case 0x84:
        return fail(errc::broker_refused_connect,
                    "the broker does not speak MQTT 5 (CONNACK 0x84)");
    case 0x85:
        return fail(errc::broker_refused_connect,
                    "the broker does not take the client ID (CONNACK 0x85)");
    case 0x87:
        return fail(errc::connect_denied, connect_denied_causes(teller("iot:Connect")));
    case 0x97:
        return fail(errc::throttled,
                    "CONNACK 0x97: " + broker::advice::connected_too_soon(as_.client_id, rules));
    default:
        return fail(errc::broker_refused_connect,
                    "the broker refused to connect (CONNACK " + std::to_string(code) + ")");
    }
}

error probe::explain_hang_up(errc usual, std::string causes) const {
    constexpr mqtt::reason_code session_taken_over = 0x8E;
    if (goodbye_ == session_taken_over)
        return fail(errc::client_id_taken_over, takeover_causes(as_.client_id));
    return fail(usual, std::move(causes));
}

net::task<result<void>> probe::publish(message what) {
    mqtt::reason_code code = 0;
    auto exchanging = exchange(mqtt::publish{.topic = what.topic,
                                             .payload = what.payload,
                                             .level = mqtt::qos::at_least_once,
                                             .retain = what.retain,
                                             .id = only_id},
                               [&](mqtt::packet const& p) {
                                   auto const* const ack = std::get_if<mqtt::ack>(&p);
                                   code = ack ? ack->code : code;
                                   return ack && ack->type == mqtt::ack_type::puback;
                               });
    auto done = co_await std::move(exchanging);
    if (!done && is_hang_up(done.error()))
        co_return explain_hang_up(errc::publish_denied,
                                  publish_denied_causes(what, teller("iot:Publish")));
    if (done && code >= 0x80)
        co_return fail(errc::publish_denied, "the message to `" + printable(what.topic) +
                                                 "` was refused (PUBACK " + std::to_string(code) +
                                                 (code == 0x87 ? ", not authorised)" : ")"));
    co_return done;
}

net::task<result<void>> probe::subscribe(std::string filter) {
    bool is_refused = false;
    auto subscribing = exchange(
        mqtt::subscribe{.id = only_id,
                        .filters = {{.filter = filter, .maximum = mqtt::qos::at_least_once}}},
        [&](mqtt::packet const& p) {
            auto const* const suback = std::get_if<mqtt::suback>(&p);
            is_refused = suback && !suback->codes.empty() && suback->codes.front() >= 0x80;
            return suback != nullptr;
        });
    auto const done = co_await std::move(subscribing);
    if (!done && is_hang_up(done.error()))
        co_return explain_hang_up(errc::subscribe_denied,
                                  subscribe_denied_causes(filter, teller("iot:Subscribe")));
    if (!done)
        co_return done.error();
    if (is_refused)
        co_return fail(errc::subscribe_denied,
                       suback_refusal_causes(filter, teller("iot:Subscribe")));
    auto leaving =
        exchange(mqtt::unsubscribe{.id = only_id, .filters = {filter}},
                 [](mqtt::packet const& p) { return std::holds_alternative<mqtt::unsuback>(p); });
    co_return co_await std::move(leaving);
}

net::task<void> probe::leave() {
    if (!stream_)
        co_return;
    auto const bytes = mqtt::encode(mqtt::disconnect{}, as_.version);
    auto writing = stream_->write(bytes);
    (void)co_await std::move(writing);
    auto closing = stream_->shutdown();
    co_await std::move(closing);
    stream_.reset();
}

} // namespace cogniot::client::doctor
