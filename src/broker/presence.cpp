#include "broker/presence.hpp"

#include "json/parse.hpp"

#include <boost/json.hpp>

namespace cogniot::broker {
namespace {

boost::json::object start(presence_facts const& f, std::string_view event_type) {
    boost::json::object o{{"clientId", f.client_id}};
    if (!f.thing_name.empty())
        o["thingName"] = f.thing_name;
    o["timestamp"] = f.at.time_since_epoch().count();
    o["eventType"] = event_type;
    return o;
}

presence_event finish(std::string_view family, std::string_view event_type, presence_facts const& f,
                      boost::json::object const& document) {
    std::string topic = "$aws/events/";
    topic.append(family).append("/").append(event_type).append("/").append(f.client_id);
    return {.topic = std::move(topic), .payload = json::print(document)};
}

} // namespace

std::string_view print(disconnect_reason why) {
    switch (why) {
    case disconnect_reason::auth_error:
        return "AUTH_ERROR";
    case disconnect_reason::forbidden_access:
        return "FORBIDDEN_ACCESS";
    case disconnect_reason::client_initiated:
        return "CLIENT_INITIATED_DISCONNECT";
    case disconnect_reason::client_error:
        return "CLIENT_ERROR";
    case disconnect_reason::connection_lost:
        return "CONNECTION_LOST";
    case disconnect_reason::duplicate_client_id:
        return "DUPLICATE_CLIENTID";
    case disconnect_reason::keep_alive_timeout:
        return "MQTT_KEEP_ALIVE_TIMEOUT";
    case disconnect_reason::server_error:
        return "SERVER_ERROR";
    case disconnect_reason::server_initiated:
        return "SERVER_INITIATED_DISCONNECT";
    case disconnect_reason::throttled:
        return "THROTTLED";
    case disconnect_reason::websocket_ttl_expiration:
        return "WEBSOCKET_TTL_EXPIRATION";
    case disconnect_reason::custom_auth_ttl_expiration:
        return "CUSTOMAUTH_TTL_EXPIRATION";
    case disconnect_reason::api_initiated:
        return "API_INITIATED_DISCONNECT";
    }
    return "SERVER_ERROR";
}

// The order of the members is the one seen on AWS (field).

presence_event make_connected(presence_facts const& f, std::string_view ip, std::uint64_t version) {
    auto o = start(f, "connected");
    o["sessionIdentifier"] = f.session_identifier;
    o["principalIdentifier"] = f.principal_identifier;
    o["ipAddress"] = ip;
    o["versionNumber"] = version;
    return finish("presence", "connected", f, o);
}

presence_event make_disconnected(presence_facts const& f, disconnect_reason why,
                                 bool client_initiated, std::uint64_t version) {
    auto o = start(f, "disconnected");
    o["clientInitiatedDisconnect"] = client_initiated;
    o["sessionIdentifier"] = f.session_identifier;
    o["principalIdentifier"] = f.principal_identifier;
    o["disconnectReason"] = print(why);
    o["versionNumber"] = version;
    return finish("presence", "disconnected", f, o);
}

presence_event make_connect_failed(presence_facts const& f, std::string_view ip) {
    auto o = start(f, "connect_failed");
    o["connectFailureReason"] = "AUTHORIZATION_FAILED";
    o["principalIdentifier"] = f.principal_identifier;
    o["sessionIdentifier"] = f.session_identifier;
    o["ipAddress"] = ip;
    return finish("presence", "connect_failed", f, o);
}

presence_event make_subscription_event(presence_facts const& f, subscription_change change,
                                       std::span<std::string_view const> filters) {
    auto const type = change == subscription_change::subscribed ? "subscribed" : "unsubscribed";
    auto o = start(f, type);
    o["sessionIdentifier"] = f.session_identifier;
    o["principalIdentifier"] = f.principal_identifier;
    boost::json::array topics;
    for (auto const filter : filters)
        topics.emplace_back(filter);
    o["topics"] = std::move(topics);
    return finish("subscriptions", type, f, o);
}

bool has_presence(std::string_view client_id) {
    return client_id.find_first_of("#+") == std::string_view::npos;
}

} // namespace cogniot::broker
