// What a backend may see and do of its devices' connections.
// @source AWS IoT data API reference, GetConnection, DeleteConnection, ListSubscriptions; spec
// iot-broker 2.8, device-shadow 6.3
#include "base/text.hpp"
#include "cloud/iot_data/messaging.hpp"
#include "cloud/iot_data/operations.hpp"
#include "cloud/world.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <utility>

namespace cogniot::cloud::iot_data {

namespace {

constexpr std::int64_t default_connections = 20;

api_error no_such_client(std::string_view client_id) {
    return not_found("No connection exists with client ID: '" + printable(client_id, 200) + "'");
}

} // namespace

output get_connection(call& c, input const& asked) {
    input_reader in(asked, sent_as::text);
    auto const client_id = in.text("clientId", client_id_rule);
    bool const with_sockets = in.find_flag("includeSocketInformation").value_or(false);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    if (auto admitted = c.messages->admit(c, "GetConnection", client_id); !admitted)
        return admitted.error();
    auto const found = c.messages->find_client(client_id, c.now);
    if (!found)
        return no_such_client(client_id);
    boost::json::object answer{{"clientId", client_id},
                               {"connected", found->is_connected},
                               {"cleanSession", found->is_clean},
                               {"sessionExpiry", found->session_expiry_seconds}};
    if (found->is_connected)
        answer["keepAliveDuration"] = found->keep_alive_seconds;
    // As in presence events: the thing that its principal is attached to exclusively.
    auto const* const registry = c.world.iot.find(c.region);
    if (auto const* const thing =
            registry ? registry->find_exclusive_thing(found->principal) : nullptr)
        answer["thingName"] = thing->name;
    if (found->since)
        answer[found->is_connected ? "connectedSince" : "disconnectedSince"] =
            found->since->time_since_epoch().count();
    if (!found->disconnect_reason.empty())
        answer["disconnectReason"] = found->disconnect_reason;
    if (with_sockets && found->is_connected) {
        answer["sourceIp"] = found->source_ip;
        answer["sourcePort"] = found->source_port;
        answer["targetIp"] = found->target_ip;
        answer["targetPort"] = found->target_port;
    }
    return answer;
}

output delete_connection(call& c, input const& asked) {
    input_reader in(asked, sent_as::text);
    auto const client_id = in.text("clientId", client_id_rule);
    bool const clean = in.find_flag("cleanSession").value_or(false);
    bool const prevents_will = in.find_flag("preventWillMessage").value_or(false);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    if (auto admitted = c.messages->admit(c, "DeleteConnection", client_id); !admitted)
        return admitted.error();
    auto const found = c.messages->find_client(client_id, c.now);
    if (!found || !found->is_connected)
        return no_such_client(client_id);
    if (auto done = c.messages->disconnect(c, client_id, clean, !prevents_will); !done)
        return done.error();
    return boost::json::object{};
}

output list_subscriptions(call& c, input const& asked) {
    input_reader in(asked, sent_as::text);
    auto const client_id = in.text("clientId", client_id_rule);
    auto const size = static_cast<std::size_t>(
        in.find_integer("maxResults", {.min = 1, .max = 200}).value_or(default_connections));
    auto const after = read_token(in);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    if (auto admitted = c.messages->admit(c, "ListSubscriptions", client_id); !admitted)
        return admitted.error();
    auto const found = c.messages->find_client(client_id, c.now);
    if (!found)
        return no_such_client(client_id);
    auto const& all = found->subscriptions; // in the order of the filters
    auto at =
        std::upper_bound(all.begin(), all.end(), after,
                         [](std::string const& a, subscription const& b) { return a < b.filter; });
    boost::json::array page;
    for (; at != all.end() && page.size() < size; ++at)
        page.push_back(boost::json::object{{"topicFilter", at->filter}, {"qos", at->qos}});
    boost::json::object answer{{"subscriptions", std::move(page)}};
    if (at != all.end())
        answer["nextToken"] = print_token(std::prev(at)->filter);
    return answer;
}

} // namespace cogniot::cloud::iot_data
