// Device shadows over HTTPS: the same service that answers on MQTT topics.
// @source AWS IoT developer guide, "Device Shadow REST API"; spec device-shadow 6.3
#include "cloud/iot_data/messaging.hpp"
#include "cloud/iot_data/operations.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace cogniot::cloud::iot_data {

namespace {

/// How many names a page has unless asked otherwise (unconfirmed).
constexpr std::int64_t default_shadows = 25;

output ask(call& c, input const& asked, shadow::operation what, std::string_view payload) {
    input_reader in(asked, sent_as::text);
    shadow::shadow_id of{.thing = std::string(in.text("thingName", thing_rule))};
    if (auto const name = in.find_text("name", shadow_rule))
        of.name = *name;
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto document = c.messages->ask_shadow(c, what, of, payload);
    if (!document)
        return document.error();
    return boost::json::object{{"payload", std::move(*document)}};
}

} // namespace

output get_thing_shadow(call& c, input const& asked) {
    return ask(c, asked, shadow::operation::get, {});
}

output update_thing_shadow(call& c, input const& asked) {
    return ask(c, asked, shadow::operation::update,
               json::find_string(asked, "payload").value_or(""));
}

output delete_thing_shadow(call& c, input const& asked) {
    return ask(c, asked, shadow::operation::remove, {});
}

output list_named_shadows_for_thing(call& c, input const& asked) {
    input_reader in(asked, sent_as::text);
    auto const thing = in.text("thingName", thing_rule);
    auto const size = static_cast<std::size_t>(
        in.find_integer("pageSize", {.min = 1, .max = 100}).value_or(default_shadows));
    auto const after = read_token(in);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const names = c.messages->shadow_names(thing);
    auto at = std::upper_bound(names.begin(), names.end(), after);
    boost::json::array results;
    for (; at != names.end() && results.size() < size; ++at)
        results.emplace_back(*at);
    boost::json::object answer;
    if (at != names.end())
        answer["nextToken"] = print_token(*std::prev(at));
    answer["results"] = std::move(results);
    answer["timestamp"] = epoch_seconds(c.now);
    return answer;
}

} // namespace cogniot::cloud::iot_data
