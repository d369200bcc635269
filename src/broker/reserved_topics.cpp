#include "broker/reserved_topics.hpp"

#include <algorithm>

namespace cogniot::broker {
namespace {

enum right { publish = 1, subscribe = 2, both = 3 };

/// Patterns: `+` is one level, a level of alternatives is separated by `|`, `#` any levels from
/// here on, at least one.
struct family {
    std::string_view pattern;
    right what;
};

constexpr family families[] = {
    {"$aws/things/+/shadow/get|update|delete", both},
    {"$aws/things/+/shadow/get|update|delete/accepted|rejected", subscribe},
    {"$aws/things/+/shadow/update/delta|documents", subscribe},
    {"$aws/things/+/shadow/name/+/get|update|delete", both},
    {"$aws/things/+/shadow/name/+/get|update|delete/accepted|rejected", subscribe},
    {"$aws/things/+/shadow/name/+/update/delta|documents", subscribe},
    {"$aws/things/+/jobs/get|start-next", publish},
    {"$aws/things/+/jobs/get|start-next/accepted|rejected", subscribe},
    {"$aws/things/+/jobs/+/get|update", publish},
    {"$aws/things/+/jobs/+/get|update/accepted|rejected", subscribe},
    {"$aws/things/+/jobs/notify|notify-next", subscribe},
    {"$aws/things/+/defender/metrics/json|cbor", publish},
    {"$aws/things/+/defender/metrics/json|cbor/accepted|rejected", subscribe},
    {"$aws/things/+/streams/+/get|describe/json|cbor", publish},
    {"$aws/things/+/streams/+/data|description|rejected/json|cbor", subscribe},
    {"$aws/things/+/tunnels/notify", subscribe},
    {"$aws/certificates/create|create-from-csr/json|cbor", publish},
    {"$aws/certificates/create|create-from-csr/json|cbor/accepted|rejected", subscribe},
    {"$aws/provisioning-templates/+/provision/json|cbor", publish},
    {"$aws/provisioning-templates/+/provision/json|cbor/accepted|rejected", subscribe},
    {"$aws/device_location/+/get_position_estimate", publish},
    {"$aws/device_location/+/get_position_estimate/accepted|rejected", subscribe},
    {"$aws/commands/things|clients/+/executions/+/request", subscribe},
    {"$aws/commands/things|clients/+/executions/+/request/+", subscribe},
    {"$aws/commands/things|clients/+/executions/+/response/accepted|rejected", subscribe},
    {"$aws/commands/things|clients/+/executions/+/response/accepted|rejected/+", subscribe},
    {"$aws/commands/things|clients/+/executions/+/response/+", publish},
    {"$aws/rules/+", publish},
    {"$aws/rules/+/#", publish},
    {"$aws/events/presence/connected|disconnected|connect_failed/#", subscribe},
    {"$aws/events/subscriptions/subscribed|unsubscribed/#", subscribe},
    {"$aws/events/thing|thingGroup|thingType/+/created|updated|deleted", subscribe},
    {"$aws/events/thingTypeAssociation/thing/+/+", subscribe},
    {"$aws/events/thingGroupMembership/thingGroup/+/thing/+/added|removed", subscribe},
    {"$aws/events/thingGroupHierarchy/thingGroup/+/childThingGroup/+/added|removed", subscribe},
    {"$aws/events/job/+/completed|canceled|deleted|cancellation_in_progress|deletion_in_progress",
     subscribe},
    {"$aws/events/jobExecution/+/succeeded|failed|rejected|canceled|timed_out|removed|deleted",
     subscribe},
    {"$aws/events/certificates/registered/+", subscribe},
    {"$aws/sitewise/asset-models/+/assets/+/properties/+", subscribe},
};

/// Takes the first level off; `more` tells whether a slash followed.
std::string_view take_level(std::string_view& rest, bool& more) {
    auto const slash = rest.find('/');
    auto const level = rest.substr(0, slash);
    more = slash != std::string_view::npos;
    rest = more ? rest.substr(slash + 1) : std::string_view{};
    return level;
}

bool is_alternative(std::string_view alternatives, std::string_view level) {
    for (;;) {
        auto const bar = alternatives.find('|');
        if (alternatives.substr(0, bar) == level)
            return true;
        if (bar == std::string_view::npos)
            return false;
        alternatives.remove_prefix(bar + 1);
    }
}

/// Whether the topic, or some topic that the filter matches, belongs to the family.
bool overlaps(std::string_view pattern, std::string_view filter) {
    bool pattern_more = true, filter_more = true;
    while (pattern_more && filter_more) {
        auto const p = take_level(pattern, pattern_more);
        auto const f = take_level(filter, filter_more);
        if (p == "#" || f == "#")
            return true;
        if (p == "+")
            continue; // any level, also the filter's `+`
        if (f != "+" && !is_alternative(p, f))
            return false;
    }
    return pattern_more == filter_more;
}

bool is_allowed(std::string_view topic, right wanted) {
    return std::any_of(std::begin(families), std::end(families), [&](family const& f) {
        return (f.what & wanted) != 0 && overlaps(f.pattern, topic);
    });
}

} // namespace

bool may_publish_reserved(std::string_view topic) {
    return is_allowed(topic, publish);
}

bool may_subscribe_reserved(std::string_view filter) {
    // `$aws/#` and the like name no family: the first two levels must be literal.
    auto const second = filter.find('/') == std::string_view::npos
                            ? std::string_view{}
                            : filter.substr(filter.find('/') + 1);
    if (second.starts_with('+') || second.starts_with('#'))
        return false;
    return is_allowed(filter, subscribe);
}

bool is_basic_ingest(std::string_view topic) {
    return topic.starts_with("$aws/rules/");
}

} // namespace cogniot::broker
