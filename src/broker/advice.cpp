#include "broker/advice.hpp"

#include "base/text.hpp"
#include "mqtt/codec.hpp"
#include "mqtt/topic.hpp"

#include <algorithm>

namespace cogniot::broker::advice {
namespace {

std::string quoted(std::string_view foreign) {
    return "`" + printable(foreign, 200) + "`";
}

} // namespace

std::string taken_over(std::string_view client_id, peer const& by) {
    auto words = "another connection came with client ID " + quoted(client_id) + " from " +
                 by.source_ip + ":" + std::to_string(by.source_port);
    if (by.who)
        words += " (" + std::string(by.who->identifier()) + ")";
    return words +
           "; a client ID has one connection, and the newest wins. Two devices, programs or "
           "browser tabs that share one take it from each other for ever: give each its "
           "own, e.g. with a suffix that both policies allow";
}

std::string client_id(std::string_view client_id, profile const& rules) {
    if (client_id.size() > rules.max_client_id_bytes)
        return "the client ID has " + std::to_string(client_id.size()) + " bytes, " +
               std::to_string(rules.max_client_id_bytes) + " are allowed";
    if (client_id.starts_with("$GEN/"))
        return quoted(client_id) +
               " was assigned to one connection that came without a client ID; nobody can come "
               "back with it. A client that reconnects by itself needs a client ID of its own, or "
               "has to leave it empty each time";
    return quoted(client_id) + " begins with `$`, which AWS IoT keeps for itself: choose another "
                               "client ID";
}

std::string no_client_id() {
    return "the client ID is empty and the session is to persist: a session is found again by its "
           "client ID, so give it one, or ask for a clean session";
}

std::string connected_too_soon(std::string_view client_id, profile const& rules) {
    return "client ID " + quoted(client_id) + " connected more than " +
           std::to_string(rules.connects_per_client_id) +
           " times within a second, and AWS IoT takes no more: wait at least a second before "
           "reconnecting, longer each time (SDKs: reconnect_min_timeout)";
}

std::string will_of_qos_2() {
    return "the will asks for QoS 2; AWS IoT knows QoS 0 and 1 only: give the will QoS 0 or 1";
}

std::string will_topic(std::string_view topic, bool retain, profile const& rules) {
    if (auto const checked = mqtt::check_topic(topic, rules.topics); !checked)
        return "the will cannot be published: " + unusable_topic(checked.error());
    return "the will's topic " + quoted(topic) +
           (retain && topic.starts_with('$')
                ? " begins with `$`, where nothing can be retained: take the RETAIN flag off it"
                : " is none that clients may publish to");
}

std::string qos_2() {
    return "QoS 2 is asked for; AWS IoT knows QoS 0 and 1 only: use QoS 1";
}

std::string payload(std::size_t bytes, profile const& rules) {
    return "the payload has " + std::to_string(bytes) + " bytes, AWS IoT takes " +
           std::to_string(rules.max_payload_bytes) +
           " and hangs up on more: send it in pieces, or send a link to it";
}

std::string packet(std::string_view found, profile const& rules) {
    if (!rules.aws)
        return {};
    return std::string(found) + "; AWS IoT takes packets of " +
           std::to_string(rules.max_packet_bytes) + " bytes with payloads of " +
           std::to_string(rules.max_payload_bytes) +
           " and hangs up on more: send it in pieces, or send a link to it";
}

std::string enhanced_authentication(profile const& rules) {
    if (!rules.aws)
        return {};
    return "CONNECT names an authentication method, and AWS IoT knows none of MQTT 5's: take the "
           "property out; who connects is told by Signature Version 4 or a certificate";
}

std::string small_packets(std::size_t client_takes, profile const& rules) {
    return "the client takes packets of " + std::to_string(client_takes) +
           " bytes only, and AWS IoT asks for " + std::to_string(rules.min_client_packet_bytes) +
           " at least: raise the client's Maximum Packet Size, or leave it out";
}

std::string property(large_property const& found) {
    auto const is_plural = found.name.ends_with('s');
    return "the " + std::string(found.name) + (is_plural ? " have " : " has ") +
           std::to_string(found.bytes) + (is_plural ? " bytes together" : " bytes") +
           ", AWS IoT takes " + std::to_string(found.most) +
           " in a packet: shorten it, or put it into the payload";
}

std::string unusable_topic(error const& why) {
    if (why.code == mqtt::make_error_code(mqtt::errc::topic_too_long))
        return why.detail + ": AWS IoT counts its bytes in UTF-8 and takes no more. Shorten it";
    if (why.code == mqtt::make_error_code(mqtt::errc::topic_too_deep))
        return why.detail +
               ": AWS IoT takes no more. Join some of its levels, or put them into the payload";
    return why.detail;
}

std::string reserved_topic(std::string_view topic, bool retain) {
    if (retain)
        return quoted(topic) + " begins with `$`, where nothing can be retained: publish it "
                               "without the RETAIN flag";
    return quoted(topic) +
           " is reserved: topics that begin with `$` are AWS IoT's own, and clients "
           "may publish to a few only, like `$aws/things/THING/shadow/update`";
}

std::string published_too_fast(profile const& rules) {
    return "this connection published more than " + std::to_string(rules.publishes_per_second) +
           " messages within a second, those counted that it received; AWS IoT discards the rest, "
           "and at QoS 1 its PUBACK never "
           "comes: send fewer, or over several connections";
}

std::string received_too_fast(profile const& rules) {
    return "more than " + std::to_string(rules.publishes_per_second) +
           " messages within a second were for this connection, those counted that it published; "
           "AWS IoT discards the rest, QoS 1 as well: let less come over one connection, or divide "
           "it among several";
}

std::string account_rate(std::string_view setting) {
    return "the account's limit is reached that the setting " + quoted(setting) +
           " holds here: AWS IoT's quotas name it, and most of them can be raised there on request";
}

std::string reserved_filter(std::string_view filter) {
    auto words = quoted(filter) +
                 " is reserved: filters that begin with `$` are AWS IoT's own, and "
                 "clients may subscribe to a few only, like "
                 "`$aws/things/THING/shadow/#`";
    if (filter.starts_with("$SYS"))
        words += ". MQTT explorers subscribe to `$SYS/#` by themselves: take it out of their list";
    return words;
}

std::string filters(std::size_t count, profile const& rules) {
    if (!rules.aws)
        return {};
    return "one SUBSCRIBE has " + std::to_string(count) + " filters, AWS IoT takes " +
           std::to_string(rules.max_filters_per_subscribe) +
           " and hangs up on more: subscribe in several packets. A client that subscribes to "
           "everything again after a reconnect does this by itself";
}

std::string subscriptions(profile const& rules) {
    if (!rules.aws)
        return {};
    return "this connection has its " + std::to_string(rules.max_subscriptions) +
           " subscriptions already, and further ones are refused in the SUBACK alone (0x80, MQTT 5 "
           "0x97), which many clients do not look at: use a wildcard, or another connection";
}

std::string wildcards(std::span<mqtt::subscription const> asked, profile const& rules) {
    std::string words;
    auto const parent = std::find_if(asked.begin(), asked.end(), [](mqtt::subscription const& f) {
        return f.filter.size() > 2 && f.filter.ends_with("/#");
    });
    if (parent != asked.end() && rules.parent == mqtt::parent_rule::hash_below_parent_only)
        words = quoted(parent->filter) + " does not match " +
                quoted(parent->filter.substr(0, parent->filter.size() - 2)) +
                " itself at AWS IoT, as the MQTT standard would: subscribe to that, too, if it is "
                "meant. ";
    bool const has_wildcard =
        std::any_of(asked.begin(), asked.end(), [](mqtt::subscription const& f) {
            return f.filter.find_first_of("+#") != std::string_view::npos;
        });
    if (has_wildcard && !rules.retained_by_wildcard)
        words += "Retained messages are given to filters without wildcards only";
    return words;
}

std::string websocket_expired(std::string_view how_long) {
    return "the WebSocket was " + std::string(how_long) +
           (how_long == open_for_a_day
                ? ", and AWS IoT ends it then"
                : ", as long as `websocket_life_seconds` lets it (AWS IoT: 24 hours)") +
           ": reconnect with a URL that is signed anew (the AWS SDKs do)";
}

std::string killed() {
    return "the local cloud ended without warning while the client was connected (killed, or a "
           "crash) and was started again: the client only has to reconnect";
}

} // namespace cogniot::broker::advice
