// SUBSCRIBE and UNSUBSCRIBE.
#include "broker/advice.hpp"
#include "broker/core.hpp"
#include "broker/reserved_topics.hpp"
#include "mqtt/codec.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace cogniot::broker {
namespace {

std::string joined(std::vector<mqtt::subscription> const& filters) {
    std::string all;
    for (auto const& f : filters)
        (all += all.empty() ? "" : ",") += f.filter;
    return all;
}

constexpr std::string_view shared_prefix = "$share/";

/// One subscription, apart from the tree's nodes.
std::size_t subscription_cost(std::string_view filter) {
    return sizeof(subscriber) + 128 + filter.size();
}

/// With every node of the tree new.
std::size_t largest_cost(std::string_view filter) {
    auto const levels = 1 + std::count(filter.begin(), filter.end(), '/');
    return subscription_cost(filter) + filter.size() +
           static_cast<std::size_t>(levels) * subscription_tree::node_cost;
}

} // namespace

char const* core::find_exceeded(profile const& rules, std::string_view filter, bool is_new,
                                claim const& claimed, utc_time now) {
    if (!taken_.subscriptions.take(rules.subscriptions_per_second, now))
        return "subscriptions_per_second";
    if (is_new && subscription_count_ + claimed.added >= rules.max_account_subscriptions)
        return "max_account_subscriptions";
    if (!filter.starts_with(shared_prefix))
        return nullptr;
    if (!taken_.group_changes.take(filter, rules.group_changes_per_second, now))
        return "group_changes_per_second";
    if (!is_new)
        return nullptr;
    auto const group = group_members_.find(filter);
    if (group == group_members_.end())
        return group_members_.size() >= rules.max_shared_groups ? "max_shared_groups" : nullptr;
    return group->second >= rules.max_group_members ? "max_group_members" : nullptr;
}

/// The order of checks: form, reserved topics, QoS, number of subscriptions, policy.
core::filter_answer core::judge(connection& c, mqtt::subscription const& wanted, claim& claimed,
                                utc_time now) {
    auto const& rules = *c.from.rules;
    auto& s = *c.owner;
    auto const checked = mqtt::check_filter(wanted.filter, rules.topics);
    if (!checked) {
        // 3.1.1 calls a malformed filter a protocol violation [MQTT-4.7.1-2]; one that is only
        // larger than AWS takes is answered (unconfirmed).
        bool const too_large =
            checked.error().code == mqtt::make_error_code(mqtt::errc::topic_too_deep) ||
            checked.error().code == mqtt::make_error_code(mqtt::errc::topic_too_long);
        return {.code = static_cast<mqtt::reason_code>(is_v5(c) ? 0x8F : 0x80),
                .hang_up = !is_v5(c) && !too_large,
                .because = checked.error().detail,
                .explanation = advice::unusable_topic(checked.error())};
    }
    auto const filter = mqtt::split_shared(wanted.filter).filter;
    auto const is_reserved =
        rules.reserved_topics && filter.starts_with('$') && !may_subscribe_reserved(filter);
    auto const refuse_reserved = [&]() -> filter_answer {
        return {.code = 0x8F,
                .hang_up = !is_v5(c),
                .because = "a reserved topic",
                .explanation = advice::reserved_filter(filter)};
    };
    if (is_reserved && rules.reserved_check_first)
        return refuse_reserved();
    if (rules.aws && wanted.maximum > rules.maximum_qos)
        return {.code = 0x9B,
                .hang_up = true,
                .because = "QoS 2 is not supported",
                .explanation = advice::qos_2()};

    bool const is_new = s.subscriptions.find(wanted.filter) == s.subscriptions.end();
    auto const cost = is_new ? largest_cost(wanted.filter) : 0;
    auto const quota = static_cast<mqtt::reason_code>(is_v5(c) ? 0x97 : 0x80);
    if (is_new && claimed.subscriptions >= rules.max_subscriptions)
        return {.code = quota,
                .because = "too many subscriptions",
                .explanation = advice::subscriptions(rules)};
    if (auto const* const over = find_exceeded(rules, wanted.filter, is_new, claimed, now))
        return {.code = quota,
                .because = "an account limit is exceeded",
                .explanation = advice::account_rate(over)};
    if (is_new && !memory_.has_room(claimed.bytes + cost))
        return {.code = quota, .because = "too much is stored already"};
    auto answer = may_.subscribe(c.from, s.client_id, wanted.filter);
    if (!answer.allowed)
        return {.code = static_cast<mqtt::reason_code>(is_v5(c) ? 0x87 : 0x80),
                .hang_up =
                    !is_v5(c) && rules.subscribe_denied_311 == profile::subscribe_denied::close,
                .denied = true,
                .because = std::move(answer.because)};
    if (is_reserved)
        return refuse_reserved();
    claimed.subscriptions += is_new ? 1 : 0;
    claimed.added += is_new ? 1 : 0;
    claimed.bytes += cost;
    return {.code = static_cast<mqtt::reason_code>(std::min(wanted.maximum, rules.maximum_qos))};
}

void core::on(connection& c, mqtt::subscribe const& p, utc_time now) {
    auto const& rules = *c.from.rules;
    auto& s = *c.owner;
    auto const all = joined(p.filters);
    struct told {
        std::string_view reason{};
        std::string_view details{};
        std::string_view because{};
        std::string_view explanation{};
    };
    auto const log = [&](bool success, told const& what, std::span<mqtt::reason_code const> codes) {
        out_.log(
            {.event_type = "Subscribe",
             .success = success,
             .from = c.from,
             .client_id = s.client_id,
             .topic = all,
             .reason = what.reason,
             .details = what.details,
             .because = what.because,
             .explanation = what.explanation,
             .request = request_,
             .filters = is_v5(c) ? std::span(p.filters) : std::span<mqtt::subscription const>{},
             .codes = codes});
    };
    auto const hang_up = [&](mqtt::reason_code code, std::string_view details,
                             std::string_view explanation = {}) {
        log(false, {.reason = "CLIENT_ERROR", .details = details, .explanation = explanation}, {});
        end(c,
            {.code = code,
             .log_reason = "CLIENT_ERROR",
             .details = details,
             .explanation = explanation},
            now);
    };
    if (p.filters.size() > rules.max_filters_per_subscribe)
        return hang_up(0x97, "more filters than one SUBSCRIBE may have",
                       advice::filters(p.filters.size(), rules));
    std::uint32_t identifier = 0;
    if (!p.props.subscription_identifiers.empty()) {
        if (!rules.subscription_identifiers)
            return hang_up(0xA1, "subscription identifiers are not supported");
        identifier = p.props.subscription_identifiers.front();
    }

    auto const large = find_large_property(rules, p.props);
    // All filters are judged before one is added: a hang-up leaves nothing behind.
    mqtt::suback answer{.id = p.id};
    claim claimed{.subscriptions = s.subscriptions.size()};
    // The first refusal among the filters that do not end the connection.
    filter_answer refused;
    for (auto const& wanted : p.filters) {
        auto const judged = large ? filter_answer{.code = 0x97,
                                                  .because = "a property is larger than allowed",
                                                  .explanation = advice::property(*large)}
                                  : judge(c, wanted, claimed, now);
        if (judged.hang_up && judged.denied) {
            log(false,
                {.reason = "AUTHORIZATION_FAILURE",
                 .details = "Authorization Failure",
                 .because = judged.because},
                {});
            return end(c,
                       {.why = disconnect_reason::auth_error,
                        .log_reason = "AUTHORIZATION_FAILURE",
                        .details = "Authorization Failure"},
                       now);
        }
        if (judged.hang_up)
            return hang_up(judged.code, judged.because, judged.explanation);
        if (judged.code > 2 && refused.code == 0)
            refused = judged;
        answer.codes.push_back(judged.code);
    }
    std::vector<std::string_view> accepted;
    std::vector<bool> was_there(p.filters.size());
    for (std::size_t i = 0; i < p.filters.size(); ++i) {
        if (answer.codes[i] > 2)
            continue;
        auto const& f = p.filters[i];
        accepted.push_back(f.filter);
        was_there[i] = s.subscriptions.find(f.filter) != s.subscriptions.end();
        put_subscription(s, f.filter,
                         {.maximum = static_cast<mqtt::qos>(answer.codes[i]),
                          .no_local = f.no_local,
                          .retain_as_published = f.retain_as_published,
                          .identifier = identifier});
    }
    send(c, answer);
    auto const codes = is_v5(c) ? std::span(answer.codes) : std::span<mqtt::reason_code const>{};
    auto const hint =
        refused.code == 0 ? advice::wildcards(p.filters, rules) : std::move(refused.explanation);
    // MQTT 5 entries are a success although a filter has a code above 0x80 (AWSIotLogsV2).
    if (is_v5(c) || refused.code == 0)
        log(true, {.because = refused.denied ? refused.because : "", .explanation = hint}, codes);
    else if (refused.denied)
        log(false,
            {.reason = "AUTHORIZATION_FAILURE",
             .details = "Authorization Failure",
             .because = refused.because},
            codes);
    else
        log(false, {.reason = "CLIENT_ERROR", .details = refused.because, .explanation = hint},
            codes);
    if (!accepted.empty())
        tell_subscription_change(c, subscription_change::subscribed, accepted, now);
    // From back to front, as they are worked through.
    auto const first = c.walks.size();
    for (std::size_t i = 0; i < p.filters.size(); ++i)
        if (answer.codes[i] <= 2)
            begin_retained(c, p.filters[i], was_there[i], identifier);
    std::reverse(c.walks.begin() + static_cast<std::ptrdiff_t>(first), c.walks.end());
    send_retained(c, now);
    take_from_groups(s, now);
}

void core::put_subscription(session& s, std::string_view filter,
                            subscription_options const& options) {
    auto const found = s.subscriptions.find(filter);
    if (found != s.subscriptions.end() && found->second == options)
        return;
    s.subscriptions.insert_or_assign(std::string(filter), options);
    join_tree(s, filter, options);
    if (s.durable)
        keep(durable::print_subscription(s.number, filter, options));
}

void core::join_tree(session& s, std::string_view filter, subscription_options const& options) {
    auto const before = tree_.node_count();
    bool const was_there =
        tree_.put(filter, {.who = &s, .options = options, .parent = s.rules->parent});
    if (!was_there) {
        memory_.held += subscription_cost(filter);
        if (!s.is_queue())
            count_subscription(filter, 1);
    }
    memory_.held += (tree_.node_count() - before) * subscription_tree::node_cost;
    if (!was_there)
        join_group(s, filter);
}

void core::leave_tree(session& s, std::string_view filter) {
    auto const before = tree_.node_count();
    bool const was_there = tree_.erase(filter, &s);
    if (was_there) {
        memory_.held -= subscription_cost(filter);
        if (!s.is_queue())
            count_subscription(filter, -1);
    }
    memory_.held -= (before - tree_.node_count()) * subscription_tree::node_cost;
    if (was_there)
        leave_group(s, filter);
}

void core::count_subscription(std::string_view filter, int change) {
    subscription_count_ += static_cast<std::size_t>(change);
    if (!filter.starts_with(shared_prefix))
        return;
    auto& members = group_members_[std::string(filter)];
    members += static_cast<std::size_t>(change);
    if (members == 0)
        group_members_.erase(group_members_.find(filter));
}

void core::erase_subscription(session& s, std::string_view filter) {
    auto const found = s.subscriptions.find(filter);
    if (found == s.subscriptions.end())
        return;
    leave_tree(s, filter);
    s.subscriptions.erase(found);
    if (s.durable)
        keep(durable::forget_subscription(s.number, filter));
}

void core::begin_retained(connection& c, mqtt::subscription const& f, bool was_there,
                          std::uint32_t identifier) {
    auto const& rules = *c.from.rules;
    if (f.retain_handling == 2 || (f.retain_handling == 1 && was_there))
        return;
    if (!mqtt::split_shared(f.filter).name.empty())
        return; // shared subscriptions never get retained messages
    bool const has_wildcard = f.filter.find_first_of("+#") != std::string_view::npos;
    if (has_wildcard ? !rules.retained_by_wildcard : retained_.find(f.filter) == nullptr)
        return;
    auto const bytes = sizeof(retained_walk) + f.filter.size();
    if (!memory_.has_room(bytes)) {
        to_end_.emplace_back(
            c.from.id,
            ending{.code = 0x97,
                   .log_reason = "CLIENT_ERROR",
                   .details = "it asks for retained messages faster than it takes them"});
        return;
    }
    c.walks.push_back({.filter = std::string(f.filter),
                       .maximum = std::min(f.maximum, rules.maximum_qos),
                       .no_local = f.no_local,
                       .identifier = identifier,
                       .counted = held_share(memory_, bytes)});
}

void core::send_retained(connection& c, utc_time now) {
    // Topics looked at in one turn: a few milliseconds.
    std::size_t steps = 4000;
    // Not many more than may be in flight: they would only wait in memory.
    constexpr std::size_t ahead = 64;
    auto& s = *c.owner;
    while (!c.walks.empty() && steps > 0) {
        if (out_.is_congested(c.from.id) || s.out.owed() >= s.out.in_flight() + ahead)
            return; // goes on when the client has taken some
        auto& walk = c.walks.back();
        auto kept = retained_.find_next(walk.filter, c.from.rules->parent, walk.from, steps);
        if (!kept) {
            if (walk.from.empty())
                c.walks.pop_back();
            continue;
        }
        auto const& m = kept->view();
        if (m.expires <= now || (walk.no_local && m.origin == s.number)) // [MQTT-3.8.3-3]
            continue;
        std::vector<std::uint32_t> identifiers;
        if (walk.identifier != 0)
            identifiers.push_back(walk.identifier);
        auto const level = std::min(walk.maximum, m.level);
        if (level == mqtt::qos::at_most_once) {
            deliver_at_most_once(s, m, true, identifiers, now);
            continue;
        }
        outgoing entry{.what = {}, .level = level, .retain = true};
        if (!identifiers.empty())
            entry.identifiers = std::make_unique<std::vector<std::uint32_t>>(identifiers);
        enqueue(s, m, kept, std::move(entry), now);
    }
    if (!c.walks.empty() && !c.is_walking) {
        c.is_walking = true;
        walking_.push_back(c.from.id);
    }
}

void core::walk_on(utc_time now) {
    for (auto const id : std::exchange(walking_, {}))
        if (auto* const c = find(id)) {
            c->is_walking = false;
            send_retained(*c, now);
        }
}

void core::on(connection& c, mqtt::unsubscribe const& p, utc_time now) {
    auto const& rules = *c.from.rules;
    auto& s = *c.owner;
    if (p.filters.size() > rules.max_filters_per_subscribe) {
        if (rules.aws)
            return; // AWS removes nothing and does not answer (field)
        constexpr std::string_view details = "more filters than one UNSUBSCRIBE may have";
        return end(c, {.code = 0x97, .log_reason = "CLIENT_ERROR", .details = details}, now);
    }
    mqtt::unsuback answer{.id = p.id};
    for (auto const filter : p.filters) {
        bool const known = s.subscriptions.find(filter) != s.subscriptions.end();
        if (known)
            erase_subscription(s, filter);
        std::erase_if(c.walks, [&](auto const& walk) { return walk.filter == filter; });
        // AWS's list of UNSUBACK codes has neither 0x11 nor 0x8F (unconfirmed).
        answer.codes.push_back(known || rules.aws           ? 0x00
                               : mqtt::check_filter(filter) ? 0x11
                                                            : 0x8F);
    }
    send(c, answer);
    out_.log({.event_type = "Unsubscribe",
              .from = c.from,
              .client_id = s.client_id,
              .request = request_});
    // One event a packet, with all that was answered as a success: unknown filters are.
    tell_subscription_change(c, subscription_change::unsubscribed, p.filters, now);
}

void core::tell_subscription_change(connection const& c, subscription_change change,
                                    std::span<std::string_view const> filters, utc_time now) {
    auto const& client_id = c.owner->client_id;
    if (!c.from.rules->presence_events || !has_presence(client_id))
        return;
    tell(make_subscription_event(facts_of(c, client_id, now), change, filters), now);
}

} // namespace cogniot::broker
