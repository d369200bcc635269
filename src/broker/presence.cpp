#include "broker/presence.hpp"

#include "json/parse.hpp"

namespace cogniot::broker {
namespace {

/// A document whose members are known: two are made for every connection.
class document {
  public:
    explicit document(presence_facts const& f, std::string_view event_type) {
        text_.reserve(400);
        text("clientId", f.client_id);
        if (!f.thing_name.empty())
            text("thingName", f.thing_name);
        number("timestamp", static_cast<std::uint64_t>(f.at.time_since_epoch().count()));
        text("eventType", event_type);
    }
    document& text(std::string_view name, std::string_view value) {
        json::append_string(member(name), value);
        return *this;
    }
    document& number(std::string_view name, std::uint64_t value) {
        member(name) += std::to_string(value);
        return *this;
    }
    document& flag(std::string_view name, bool value) {
        member(name) += value ? "true" : "false";
        return *this;
    }
    document& texts(std::string_view name, std::span<std::string_view const> values) {
        member(name) += '[';
        for (auto const value : values) {
            if (text_.back() != '[')
                text_ += ',';
            json::append_string(text_, value);
        }
        text_ += ']';
        return *this;
    }
    presence_event finish(std::string_view family, std::string_view event_type,
                          std::string_view client_id) {
        std::string topic = "$aws/events/";
        topic.append(family).append("/").append(event_type).append("/").append(client_id);
        return {.topic = std::move(topic), .payload = std::move(text_ += '}')};
    }

  private:
    std::string& member(std::string_view name) {
        text_ += text_.empty() ? "{\"" : ",\"";
        text_ += name; // AWS's own word: nothing to escape
        return text_ += "\":";
    }
    std::string text_{};
};

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
    return document(f, "connected")
        .text("sessionIdentifier", f.session_identifier)
        .text("principalIdentifier", f.principal_identifier)
        .text("ipAddress", ip)
        .number("versionNumber", version)
        .finish("presence", "connected", f.client_id);
}

presence_event make_disconnected(presence_facts const& f, disconnect_reason why,
                                 bool client_initiated, std::uint64_t version) {
    return document(f, "disconnected")
        .flag("clientInitiatedDisconnect", client_initiated)
        .text("sessionIdentifier", f.session_identifier)
        .text("principalIdentifier", f.principal_identifier)
        .text("disconnectReason", print(why))
        .number("versionNumber", version)
        .finish("presence", "disconnected", f.client_id);
}

presence_event make_connect_failed(presence_facts const& f, std::string_view ip) {
    return document(f, "connect_failed")
        .text("connectFailureReason", "AUTHORIZATION_FAILED")
        .text("principalIdentifier", f.principal_identifier)
        .text("sessionIdentifier", f.session_identifier)
        .text("ipAddress", ip)
        .finish("presence", "connect_failed", f.client_id);
}

presence_event make_subscription_event(presence_facts const& f, subscription_change change,
                                       std::span<std::string_view const> filters) {
    auto const type = change == subscription_change::subscribed ? "subscribed" : "unsubscribed";
    return document(f, type)
        .text("sessionIdentifier", f.session_identifier)
        .text("principalIdentifier", f.principal_identifier)
        .texts("topics", filters)
        .finish("subscriptions", type, f.client_id);
}

bool has_presence(std::string_view client_id) {
    return client_id.find_first_of("#+") == std::string_view::npos;
}

} // namespace cogniot::broker
