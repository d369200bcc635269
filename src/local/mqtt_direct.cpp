// SendDirectMessage: from the call to the broker, and back when the receiver has acknowledged.
// @source spec iot-broker 2.8, 5.3
#include "local/data_plane_packet.hpp"
#include "local/mqtt_host.hpp"
#include "net/watched.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace cogniot::local {
namespace {

using broker::direct_fault;
using cloud::api_error;

/// What a caller is answered, and the log says. Which exception belongs to which reason is
/// unconfirmed but for the timeout; so are the sentences.
struct refusal_row {
    direct_fault why;
    int status;
    std::string_view code;
    std::string_view reason;
    std::string_view message;
};
constexpr refusal_row refusals[] = {
    {direct_fault::invalid_topic, 400, "InvalidRequestException", "INVALID_TOPIC",
     "The topic is not valid"},
    {direct_fault::invalid, 400, "InvalidRequestException", "", "The message is not valid"},
    {direct_fault::too_large, 413, "RequestEntityTooLargeException", "",
     "The message is larger than allowed"},
    {direct_fault::throttled, 429, "ThrottlingException", "SEND_DIRECT_MESSAGE_THROTTLED",
     "Rate exceeded"},
    {direct_fault::unknown_client, 404, "ResourceNotFoundException", "TARGET_CLIENT_ID_NOT_FOUND",
     "The target client ID was not found"},
    {direct_fault::not_connected, 404, "ResourceNotFoundException", "TARGET_CLIENT_NOT_CONNECTED",
     "The target client is not connected"},
    {direct_fault::receive_denied, 403, "ForbiddenException", "RECEIVE_AUTHORIZATION_FAILURE",
     "Forbidden"},
    {direct_fault::receiver_throttled, 429, "ThrottlingException", "RECEIVE_SESSION_THROTTLED",
     "The target client's connection is throttled"},
    {direct_fault::receiver_window_full, 429, "ThrottlingException",
     "RECEIVER_MAX_UNACKED_QOS1_EXCEEDED",
     "The target client has too many unacknowledged messages"},
    {direct_fault::not_writable, 500, "InternalFailureException", "CLIENT_ENDPOINT_NOT_WRITABLE",
     "The message could not be written to the target client"},
    {direct_fault::not_confirmed, 504, "GatewayTimeoutException", "DELIVERY_CONFIRMATION_TIMEOUT",
     "The target client did not confirm the delivery in time"},
};

api_error to_api_error(direct_fault why, std::string_view details = {}, std::string because = {}) {
    auto const& row = *std::ranges::find(refusals, why, &refusal_row::why);
    std::string message(row.message);
    if (!details.empty())
        message.append(": ").append(details);
    return {.code = std::string(row.code),
            .status = row.status,
            .message = std::move(message),
            .members = {},
            .reason = std::string(row.reason),
            .because = std::move(because)};
}

/// The broker came to no answer.
api_error internal_failure(std::string message, std::string reason) {
    return {.code = "InternalFailureException",
            .status = 500,
            .message = std::move(message),
            .members = {},
            .reason = std::move(reason),
            .because = {}};
}

/// Nobody reads this answer; the log has its reason.
api_error hung_up() {
    return internal_failure("The caller hung up before the delivery was confirmed",
                            "DELIVERY_CONFIRMATION_SENDER_DISCONNECT");
}

api_error stopping() {
    return internal_failure("The local cloud is stopping", "INTERNAL_SERVER_ERROR");
}

} // namespace

/// Told by the broker, or by the caller's connection.
struct mqtt_host::direct_wait final : net::watcher {
    explicit direct_wait(net::loop& on) : done(on) {}
    void on_ready() override {
        if (asker != nullptr && asker->has_ended())
            done.notify();
    }

    net::signal done;
    std::optional<direct_fault> became{};
    net::watched* asker = nullptr;
};

cloud::outcome<std::optional<cloud::confirmation_id>>
mqtt_host::send_directly(cloud::call const& c, cloud::iot_data::direct_message const& m) {
    auto sent = broker_.send_directly(peer_of(c, settings_.broker), m.client_id, to_packet(m.what),
                                      m.timeout, c.now);
    if (sent.why != direct_fault::none)
        return to_api_error(sent.why, sent.why == direct_fault::receive_denied ? "" : sent.details,
                            std::move(sent.because));
    std::optional<cloud::confirmation_id> waits_for;
    if (sent.waits_for) {
        waits_for = cloud::confirmation_id{static_cast<std::uint64_t>(*sent.waits_for)};
        direct_waits_[static_cast<std::uint64_t>(*waits_for)] =
            std::make_shared<direct_wait>(loop_);
    }
    finish_turn(c.now);
    return waits_for;
}

net::task<cloud::outcome<void>> mqtt_host::wait_for(cloud::confirmation_id which,
                                                    net::stream& asker) {
    auto const id = static_cast<std::uint64_t>(which);
    auto const waiting = direct_waits_.at(id);
    // It may have ended while it was asking: then nothing more is told.
    waiting->asker = net::find_watched(asker);
    bool is_watched = false;
    if (waiting->asker != nullptr)
        is_watched = waiting->asker->watch(*waiting).has_value();
    bool was_woken = true;
    if (!waiting->became && !(is_watched && waiting->asker->has_ended())) {
        auto done = waiting->done.wait();
        was_woken = co_await std::move(done);
    }
    if (is_watched)
        waiting->asker->unwatch();
    direct_waits_.erase(id);
    if (waiting->became == direct_fault::none)
        co_return cloud::outcome<void>();
    if (waiting->became)
        co_return is_stopping_ ? stopping() : to_api_error(*waiting->became);
    broker_.abandon(broker::direct_id{id}, clock_.now());
    finish_turn(clock_.now());
    co_return was_woken ? hung_up() : stopping();
}

void mqtt_host::direct_ended(broker::direct_id which, direct_fault why) {
    auto const found = direct_waits_.find(static_cast<std::uint64_t>(which));
    if (found == direct_waits_.end())
        return;
    found->second->became = why;
    found->second->done.notify();
}

} // namespace cogniot::local
