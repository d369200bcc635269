#include "client/doctor/limits.hpp"

#include "base/text.hpp"
#include "broker/advice.hpp"
#include "broker/reserved_topics.hpp"
#include "client/doctor/in_ticks.hpp"
#include "client/errors.hpp"
#include "mqtt/topic.hpp"

#include <optional>

namespace cogniot::client::doctor {
namespace {

namespace advice = broker::advice;

broker::profile make_rules() {
    auto rules = broker::aws_profile();
    // @source AWS IoT Core endpoints and quotas: publish requests per second per connection,
    // connect requests per second per client ID
    rules.publishes_per_second = 100;
    rules.connects_per_client_id = 1;
    return rules;
}

/// Why nobody may publish to it; empty if somebody may.
std::string fault_of_topic(std::string_view topic, bool retain) {
    if (auto const fine = mqtt::check_topic(topic, aws_rules().topics); !fine)
        return "nobody can publish to " + in_ticks(topic) + ": " +
               advice::unusable_topic(fine.error());
    if (topic.starts_with('$') && (retain || !broker::may_publish_reserved(topic)))
        return advice::reserved_topic(topic, retain && broker::may_publish_reserved(topic));
    return {};
}

std::string fault_of_filter(std::string_view filter) {
    if (auto const fine = mqtt::check_filter(filter, aws_rules().topics); !fine)
        return "nobody can subscribe to " + in_ticks(filter) + ": " +
               advice::unusable_topic(fine.error());
    auto const bare = mqtt::split_shared(filter).filter;
    if (bare.starts_with('$') && !broker::may_subscribe_reserved(bare))
        return advice::reserved_filter(bare);
    return {};
}

class checking {
  public:
    checking(asked const& what, std::string_view client_id) : asked_(what), client_id_(client_id) {}

    std::vector<finding> run() {
        check_connect();
        for (auto const& topic : asked_.topics)
            check_topic(topic);
        check_publishes();
        check_subscriptions();
        if (found_.empty())
            found_.push_back(passed(step::limits, "nothing that AWS IoT refuses by itself"));
        return std::move(found_);
    }

  private:
    void fault(std::string says, std::string remedy, errc code) {
        found_.push_back(failed(step::limits, fail(code, std::move(says)), std::move(remedy)));
    }
    void suspect(std::string says, std::string remedy) {
        found_.push_back(suspected(step::limits, std::move(says), std::move(remedy)));
    }

    void check_connect() {
        auto const& rules = aws_rules();
        if (asked_.has_no_client_id && asked_.version == mqtt::version::v5)
            suspect("a client ID that MQTT 5's broker assigned is good for one connection: a "
                    "client that reconnects with it by itself is refused for ever (CONNACK 0x85, "
                    "client ID not valid)",
                    "give the client a client ID of its own, or leave it empty at each reconnect");
        else if (asked_.has_no_client_id && !asked_.clean_session)
            fault(advice::no_client_id(), "give the client a client ID", errc::connect_denied);
        else if (!asked_.has_no_client_id &&
                 (client_id_.starts_with('$') || client_id_.size() > rules.max_client_id_bytes))
            fault(advice::client_id(client_id_, rules), "choose another client ID",
                  errc::connect_denied);
        if (!asked_.will)
            return;
        auto const& w = *asked_.will;
        if (w.level > rules.maximum_qos)
            fault(advice::will_of_qos_2(), "give the will QoS 0 or 1",
                  errc::broker_refused_connect);
        if (!fault_of_topic(w.topic, w.retain).empty())
            fault(advice::will_topic(w.topic, w.retain, rules), "choose another topic for the will",
                  errc::broker_refused_connect);
    }

    void check_topic(std::string const& topic) {
        bool const is_filter = topic.find_first_of("+#") != std::string::npos;
        // Where the topic may be meant for one of both, wildcards mean a subscription.
        bool const publishes =
            asked_.publishes && (!is_filter || !asked_.subscribes || asked_.is_for_both);
        auto const publish = publishes ? fault_of_topic(topic, asked_.retains) : std::string();
        auto const subscribe = asked_.subscribes ? fault_of_filter(topic) : std::string();
        // Without --for a topic may be meant for one of both.
        bool const both = publishes && asked_.subscribes;
        if (!publish.empty() && (!both || asked_.is_for_both))
            fault(publish, "publish to another topic", errc::publish_denied);
        if (!subscribe.empty() && (!both || asked_.is_for_both || !publish.empty()))
            fault(subscribe, "subscribe to something else", errc::subscribe_denied);
        else if (publish.empty() != subscribe.empty() && both && !asked_.is_for_both)
            suspect((publish.empty() ? "to be subscribed to: " : "to be published to: ") + publish +
                        subscribe,
                    "say what the topic is for (--for)");
        if (asked_.subscribes && subscribe.empty()) {
            mqtt::subscription const one{.filter = topic};
            if (auto words = advice::wildcards({&one, 1}, aws_rules()); !words.empty())
                suspect("if messages are missing: " + words,
                        "subscribe to the topics that are meant");
        }
    }

    void check_publishes() {
        auto const& rules = aws_rules();
        auto const bytes = asked_.payload_bytes.value_or(asked_.payload.value_or("").size());
        if (asked_.level > rules.maximum_qos)
            fault(advice::qos_2(), "use QoS 1",
                  asked_.publishes ? errc::publish_denied : errc::subscribe_denied);
        if (bytes > rules.max_payload_bytes)
            fault(advice::payload(bytes, rules), "send it in pieces, or send a link to it",
                  errc::publish_denied);
        if (asked_.publishes_per_second > rules.publishes_per_second)
            fault(advice::published_too_fast(rules),
                  "publish less often, or over several connections", errc::throttled);
        if (asked_.connects_per_second > rules.connects_per_client_id)
            fault(advice::connected_too_soon(client_id_, rules),
                  "wait at least a second before reconnecting, longer each time", errc::throttled);
    }

    void check_subscriptions() {
        auto const& rules = aws_rules();
        auto const topics = asked_.subscribes ? asked_.topics.size() : 0;
        auto const together = asked_.filters_together.value_or(topics);
        auto const all = std::max(asked_.subscriptions.value_or(topics), together);
        if (together > rules.max_filters_per_subscribe && asked_.filters_together)
            fault(advice::filters(together, rules), "subscribe to eight filters a packet at most",
                  errc::subscribe_denied);
        else if (together > rules.max_filters_per_subscribe)
            suspect("if they are asked for in one packet: " + advice::filters(together, rules),
                    "subscribe to eight filters a packet at most");
        if (all > rules.max_subscriptions)
            fault(std::to_string(all) + " filters on one connection: AWS IoT takes " +
                      std::to_string(rules.max_subscriptions) + ". " + "At the next, " +
                      advice::subscriptions(rules),
                  "use a wildcard, or another connection", errc::subscribe_denied);
    }

    asked const& asked_;
    std::string_view client_id_;
    std::vector<finding> found_;
};

} // namespace

broker::profile const& aws_rules() {
    static auto const rules = make_rules();
    return rules;
}

std::vector<finding> check_limits(asked const& what, std::string_view client_id) {
    return checking(what, client_id).run();
}

} // namespace cogniot::client::doctor
