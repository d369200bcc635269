// What HTTPS asks of the broker and of the shadow service. Each call is a turn of its own: it is
// answered once what it caused is durable and on its way.
#include "local/data_plane_packet.hpp"
#include "local/mqtt_host.hpp"
#include "local/mqtt_host_link.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace cogniot::local {
namespace {

using cloud::api_error;

api_error not_durable() {
    return {"InternalFailureException", 500, "What this call rests on could not be stored."};
}

api_error to_api_error(broker::publish_outcome const& refused) {
    switch (refused.why) {
    case broker::publish_refusal::forbidden:
        return {"ForbiddenException", 403, "Forbidden"};
    case broker::publish_refusal::too_large:
        return {"RequestEntityTooLargeException", 413, refused.details};
    case broker::publish_refusal::throttled:
    case broker::publish_refusal::no_room:
        return {"ThrottlingException", 429, refused.details};
    case broker::publish_refusal::none:
    case broker::publish_refusal::invalid:
        break;
    }
    return {"InvalidRequestException", 400, refused.details};
}

/// @source spec device-shadow 4
api_error to_api_error(shadow::refusal const& refused) {
    struct row {
        int status;
        std::string_view code;
    };
    static constexpr row rows[] = {{400, "InvalidRequestException"},
                                   {404, "ResourceNotFoundException"},
                                   {409, "ConflictException"},
                                   {413, "RequestEntityTooLargeException"},
                                   {415, "UnsupportedDocumentEncodingException"},
                                   {429, "ThrottlingException"}};
    auto const* const found = std::ranges::find(rows, refused.code, &row::status);
    if (found == std::end(rows))
        return {"InternalFailureException", 500, refused.message};
    // The one sentence that is another one over HTTP (seen by several people).
    auto message =
        refused.message == "Invalid JSON" ? "Payload contains invalid json" : refused.message;
    return {std::string(found->code), found->status, std::move(message)};
}

} // namespace

cloud::outcome<void> mqtt_host::publish(cloud::call const& c,
                                        cloud::iot_data::publication const& p) {
    log_.expect_number();
    auto const done = broker_.publish(peer_of(c, settings_.broker), to_packet(p), c.now);
    bool const is_durable = finish_turn(c.now);
    if (done.why != broker::publish_refusal::none)
        return to_api_error(done);
    if (!is_durable)
        return not_durable();
    return {};
}

cloud::outcome<std::string> mqtt_host::ask_shadow(cloud::call const& c, shadow::operation what,
                                                  shadow::shadow_id const& of,
                                                  std::string_view payload) {
    if (!may_ask_shadow(of.thing, c.now))
        return api_error{"ThrottlingException", 429, "Too Many Requests"};
    auto done = shadows_.ask({of, what}, payload, c.now, batch_);
    // A refusal and a look are the caller's alone; changes are everybody's.
    if (done.refused)
        return to_api_error(*done.refused);
    if (what != shadow::operation::get) {
        log_.expect_number();
        tell_shadow(done, broker_.begin_request(), c.now);
    }
    if (!finish_turn(c.now))
        return not_durable();
    // api_error could be made of a text, too.
    return cloud::outcome<std::string>(boost::system::in_place_value,
                                       std::move(done.messages.front().payload));
}

bool mqtt_host::may_ask_shadow(std::string_view thing, utc_time now) {
    return shadow_requests_of_thing_.take(thing, settings_.services.shadow_requests_per_second,
                                          now);
}

cloud::outcome<void> mqtt_host::admit(cloud::call const& c, std::string_view operation,
                                      std::string_view client_id) {
    auto const& limits = settings_.services;
    // A client ID is in a name of its own: none begins with a space.
    auto const of_client = std::string(operation) + " " + std::string(client_id);
    if (connection_calls_.take(of_client, limits.connection_calls_per_client_id, c.now) &&
        connection_calls_.take(operation, limits.connection_calls_per_second, c.now))
        return {};
    return api_error{"ThrottlingException", 429, "Rate exceeded"};
}

std::vector<std::string> mqtt_host::shadow_names(std::string_view thing) const {
    return shadows_.names(thing);
}

std::optional<cloud::iot_data::retained_message> mqtt_host::find_retained(std::string_view topic,
                                                                          utc_time now) const {
    auto found = broker_.find_retained(topic, now);
    if (!found)
        return {};
    return cloud::iot_data::retained_message{.topic = std::string(found->topic),
                                             .payload = std::string(found->payload),
                                             .qos = static_cast<int>(found->level),
                                             .stored_at = found->stored_at,
                                             .user_properties = std::move(found->user_properties)};
}

std::vector<cloud::iot_data::retained_summary>
mqtt_host::list_retained(std::string_view after, std::size_t limit, utc_time now) const {
    std::vector<cloud::iot_data::retained_summary> list;
    broker_.list_retained(after, now, [&](broker::retained_view const& one) {
        list.push_back({.topic = std::string(one.topic),
                        .payload_bytes = one.payload.size(),
                        .qos = static_cast<int>(one.level),
                        .stored_at = one.stored_at});
        return list.size() < limit;
    });
    return list;
}

std::optional<cloud::iot_data::client> mqtt_host::find_client(std::string_view client_id,
                                                              utc_time now) const {
    auto const found = broker_.find_client(client_id, now);
    if (!found)
        return {};
    cloud::iot_data::client seen{.is_connected = found->is_connected,
                                 .is_clean = found->is_clean,
                                 .session_expiry_seconds = found->session_expiry_seconds,
                                 .keep_alive_seconds = found->keep_alive_seconds,
                                 .since = found->since,
                                 .disconnect_reason = std::string(found->disconnect_reason),
                                 .source_ip = found->source_ip,
                                 .source_port = found->source_port};
    for (auto const& [filter, level] : found->subscriptions)
        seen.subscriptions.push_back({filter, static_cast<int>(level)});
    if (auto const at = links_.find(static_cast<std::uint64_t>(found->link)); at != links_.end()) {
        auto const local = at->second->wire->local();
        seen.target_ip = local.ip;
        seen.target_port = local.port;
        if (auto const* const who = dynamic_cast<mqtt_principal const*>(at->second->peer.who.get()))
            seen.principal = who->who().iot_name();
    }
    return seen;
}

cloud::outcome<void> mqtt_host::disconnect(cloud::call const& c, std::string_view client_id,
                                           bool clean_session, bool with_will) {
    broker_.disconnect(client_id, clean_session, with_will, c.now);
    if (!finish_turn(c.now))
        return not_durable();
    return {};
}

} // namespace cogniot::local
