// Our MQTT codec as a filter: JSON lines in, JSON lines out, in order. It lets a codec that we did
// not write look at what ours reads and writes (tests/interop/node/mqtt_codec.mjs).
//
// in:  {"version":3|4|5, "from":"client"|"server", "bytes":hex}
// out: {"packet":{…by the names of mqtt-packet…}, "bytes":hex of the packet as we write it},
//      or {"error":…,"detail":…}
#include "base/text.hpp"
#include "json/parse.hpp"
#include "mqtt/codec.hpp"

#include <boost/json.hpp>

#include <iostream>
#include <string>

namespace {

using namespace cogniot;

constexpr std::string_view names[] = {"connect",   "connack",  "publish",     "ack",
                                      "subscribe", "suback",   "unsubscribe", "unsuback",
                                      "pingreq",   "pingresp", "disconnect",  "auth"};
constexpr std::string_view ack_names[] = {"puback", "pubrec", "pubrel", "pubcomp"};

json::object print(mqtt::properties const& p) {
    json::object out;
    auto const number = [&](std::string_view name, auto const& value) {
        if (value)
            out[name] = *value;
    };
    auto const flag = [&](std::string_view name, std::optional<std::uint8_t> value) {
        if (value)
            out[name] = *value != 0;
    };
    auto const text = [&](std::string_view name, std::optional<std::string_view> value) {
        if (value)
            out[name] = *value;
    };
    auto const binary = [&](std::string_view name, std::optional<std::string_view> value) {
        if (value)
            out[name] = encode_hex(*value);
    };
    flag("payloadFormatIndicator", p.payload_format_indicator);
    number("messageExpiryInterval", p.message_expiry_interval);
    text("contentType", p.content_type);
    text("responseTopic", p.response_topic);
    binary("correlationData", p.correlation_data);
    if (!p.subscription_identifiers.empty())
        out["subscriptionIdentifier"] =
            json::array(p.subscription_identifiers.begin(), p.subscription_identifiers.end());
    number("sessionExpiryInterval", p.session_expiry_interval);
    text("assignedClientIdentifier", p.assigned_client_identifier);
    number("serverKeepAlive", p.server_keep_alive);
    text("authenticationMethod", p.authentication_method);
    binary("authenticationData", p.authentication_data);
    flag("requestProblemInformation", p.request_problem_information);
    number("willDelayInterval", p.will_delay_interval);
    flag("requestResponseInformation", p.request_response_information);
    text("responseInformation", p.response_information);
    text("serverReference", p.server_reference);
    text("reasonString", p.reason_string);
    number("receiveMaximum", p.receive_maximum);
    number("topicAliasMaximum", p.topic_alias_maximum);
    number("topicAlias", p.topic_alias);
    number("maximumQoS", p.maximum_qos);
    flag("retainAvailable", p.retain_available);
    if (!p.user_properties.empty()) {
        json::array pairs;
        for (auto const& [name, value] : p.user_properties)
            pairs.push_back(json::array{name, value});
        out["userProperties"] = pairs;
    }
    number("maximumPacketSize", p.maximum_packet_size);
    flag("wildcardSubscriptionAvailable", p.wildcard_subscription_available);
    flag("subscriptionIdentifiersAvailable", p.subscription_identifier_available);
    flag("sharedSubscriptionAvailable", p.shared_subscription_available);
    return out;
}

struct printer {
    mqtt::version level;
    json::object& out;

    void props(mqtt::properties const& p, json::object& to) const {
        if (auto printed = print(p); !printed.empty())
            to["properties"] = std::move(printed);
    }
    void props(mqtt::properties const& p) const { props(p, out); }
    void code(mqtt::reason_code code) const {
        if (level == mqtt::version::v5)
            out["reasonCode"] = code;
    }
    void codes(std::vector<mqtt::reason_code> const& all) const {
        out["granted"] = json::array(all.begin(), all.end());
    }

    void operator()(mqtt::connect const& p) const {
        out["protocolVersion"] = static_cast<int>(p.level);
        out["clean"] = p.clean_start;
        out["keepalive"] = p.keep_alive_seconds;
        out["clientId"] = p.client_id;
        if (p.last_will) {
            auto const& w = *p.last_will;
            json::object will{{"topic", w.topic},
                              {"payload", encode_hex(w.payload)},
                              {"qos", static_cast<int>(w.level)},
                              {"retain", w.retain}};
            props(w.props, will);
            out["will"] = std::move(will);
        }
        if (p.user_name)
            out["username"] = *p.user_name;
        if (p.password)
            out["password"] = encode_hex(*p.password);
        props(p.props);
    }
    void operator()(mqtt::connack const& p) const {
        out["sessionPresent"] = p.session_present;
        out[level == mqtt::version::v5 ? "reasonCode" : "returnCode"] = p.code;
        props(p.props);
    }
    void operator()(mqtt::publish const& p) const {
        out["topic"] = p.topic;
        out["payload"] = encode_hex(p.payload);
        out["qos"] = static_cast<int>(p.level);
        out["retain"] = p.retain;
        out["dup"] = p.dup;
        if (p.id != 0)
            out["messageId"] = p.id;
        props(p.props);
    }
    void operator()(mqtt::ack const& p) const {
        out["cmd"] = ack_names[static_cast<unsigned>(p.type) - 4];
        out["messageId"] = p.id;
        code(p.code);
        props(p.props);
    }
    void operator()(mqtt::subscribe const& p) const {
        json::array filters;
        for (auto const& f : p.filters) {
            json::object one{{"topic", f.filter}, {"qos", static_cast<int>(f.maximum)}};
            if (level == mqtt::version::v5) {
                one["nl"] = f.no_local;
                one["rap"] = f.retain_as_published;
                one["rh"] = f.retain_handling;
            }
            filters.push_back(std::move(one));
        }
        out["messageId"] = p.id;
        out["subscriptions"] = std::move(filters);
        props(p.props);
    }
    void operator()(mqtt::suback const& p) const {
        out["messageId"] = p.id;
        codes(p.codes);
        props(p.props);
    }
    void operator()(mqtt::unsubscribe const& p) const {
        out["messageId"] = p.id;
        out["unsubscriptions"] = json::array(p.filters.begin(), p.filters.end());
        props(p.props);
    }
    void operator()(mqtt::unsuback const& p) const {
        out["messageId"] = p.id;
        codes(p.codes);
        props(p.props);
    }
    void operator()(mqtt::pingreq const&) const {}
    void operator()(mqtt::pingresp const&) const {}
    void operator()(mqtt::disconnect const& p) const {
        code(p.code);
        props(p.props);
    }
    void operator()(mqtt::auth const& p) const {
        code(p.code);
        props(p.props);
    }
};

json::object failed(error const& e) {
    return {{"error", e.code.message()}, {"detail", e.detail}};
}

json::object answer(json::object const& line) {
    using enum mqtt::decoder::role;
    mqtt::decoder in(line.at("from").as_string() == "client" ? reads_from_client
                                                             : reads_from_server);
    in.set_version(static_cast<mqtt::version>(line.at("version").as_int64()));
    auto const bytes = decode_hex(line.at("bytes").as_string()).value();
    in.append(bytes);
    auto const read = in.next();
    if (!read)
        return failed(read.error());
    if (!*read)
        return {{"error", "more bytes are needed"}, {"detail", ""}};
    if (in.pending() > 0)
        return {{"error", "more than one packet"}, {"detail", ""}};
    json::object packet{{"cmd", names[(*read)->index()]}};
    std::visit(printer{in.level(), packet}, **read);
    return {{"packet", std::move(packet)}, {"bytes", encode_hex(mqtt::encode(**read, in.level()))}};
}

} // namespace

int main() {
    std::ios::sync_with_stdio(false);
    for (std::string line; std::getline(std::cin, line);) {
        auto const parsed = json::parse_object(line, {.max_bytes = 64 * 1024 * 1024});
        std::cout << json::print(parsed ? answer(*parsed) : failed(parsed.error())) << '\n';
    }
    std::cout.flush();
}
