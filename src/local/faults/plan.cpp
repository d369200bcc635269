#include "local/faults/plan.hpp"

#include "base/splitmix64.hpp"
#include "local/faults/kinds.hpp"
#include "mqtt/topic.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <utility>

namespace cogniot::local {
namespace {

/// FNV-1a.
std::uint64_t hash(std::string_view text) {
    std::uint64_t h = 0xCBF29CE484222325u;
    for (char const c : text)
        h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
    return h;
}

bool falls(std::uint64_t seed, std::string_view name, std::uint64_t occasion,
           std::uint32_t millionths) {
    auto const drawn = splitmix64(splitmix64(seed ^ hash(name)) + occasion);
    // The upper 32 bits, scaled: even enough for millionths, and the same everywhere.
    return (drawn >> 32) * 1'000'000 >> 32 < millionths;
}

/// `throttle`, `throttle-2`, …
std::string make_name(fault_kind what, std::set<std::string> const& taken) {
    std::string const first(print(what));
    auto name = first;
    for (int n = 2; taken.contains(name); ++n)
        name = first + "-" + std::to_string(n);
    return name;
}

bool is_under(std::string_view pattern, std::string_view text) {
    return pattern.empty() || matches_text(pattern, text);
}

bool fits(fault_rule const& rule, fault_occasion const& here) {
    // A rule that names a client is about MQTT, one that names an operation about API calls.
    if ((!rule.operation.empty() && here.operation.empty()) ||
        (!rule.client.empty() && here.client.empty()))
        return false;
    if (!is_under(rule.operation, here.operation) || !is_under(rule.client, here.client) ||
        !is_under(rule.identity, here.identity))
        return false;
    if (!rule.event.empty() && rule.event != here.event)
        return false;
    if (rule.when && rule.when != here.when)
        return false;
    if (rule.when == fault_moment::age && here.age < rule.delay)
        return false;
    return rule.topic.empty() ||
           std::ranges::any_of(here.topics, [&](std::string_view const topic) {
               // A filter of a SUBSCRIBE is meant when it is written alike.
               return topic == rule.topic || mqtt::matches(rule.topic, topic);
           });
}

} // namespace

std::optional<std::string> fault_plan::add(fault_rule rule, utc_time now) {
    if (rule.name.empty())
        rule.name = make_name(rule.what, names());
    auto name = rule.name;
    auto const same =
        std::ranges::find_if(rules_, [&](auto const& s) { return s.rule.name == name; });
    if (same != rules_.end())
        *same = {.rule = std::move(rule), .since = now};
    else if (rules_.size() < max_rules)
        rules_.push_back({.rule = std::move(rule), .since = now});
    else
        return {};
    note_kinds();
    return name;
}

bool fault_plan::add_all(fault_list list, utc_time now) {
    auto next = *this;
    if (list.seed)
        next.set_seed(*list.seed);
    auto taken = names();
    for (auto const& rule : list.rules)
        taken.insert(rule.name);
    for (auto& rule : list.rules) {
        if (rule.name.empty())
            taken.insert(rule.name = make_name(rule.what, taken));
        if (!next.add(std::move(rule), now))
            return false;
    }
    *this = std::move(next);
    return true;
}

std::set<std::string> fault_plan::names() const {
    std::set<std::string> all;
    for (auto const& s : rules_)
        all.insert(s.rule.name);
    return all;
}

bool fault_plan::remove(std::string_view name) {
    auto const gone = std::erase_if(rules_, [&](auto const& s) { return s.rule.name == name; });
    note_kinds();
    return gone > 0;
}

void fault_plan::clear() {
    rules_.clear();
    note_kinds();
}

void fault_plan::note_kinds() {
    kinds_ = 0;
    for (auto const& s : rules_)
        kinds_ |= bit(s.rule.what);
}

bool fault_plan::strikes(standing& s, fault_occasion const& here, utc_time now) const {
    if (s.is_over(now) || !fits(s.rule, here))
        return false;
    auto const occasion = s.seen++;
    if (occasion < s.rule.skip || !falls(seed_, s.rule.name, occasion, s.rule.probability))
        return false;
    ++s.struck;
    s.last = now;
    return true;
}

fault_rule const* fault_plan::strike(fault_kind what, fault_occasion const& here, utc_time now) {
    if (!has(what))
        return nullptr;
    for (auto& s : rules_)
        if (s.rule.what == what && strikes(s, here, now))
            return &s.rule;
    return nullptr;
}

boost::json::object fault_plan::print(utc_time now) const {
    boost::json::array list;
    for (auto const& s : rules_) {
        auto entry = print_fault_rule(s.rule);
        entry["state"] = s.is_over(now) ? "over" : "standing";
        entry["seen"] = s.seen;
        entry["struck"] = s.struck;
        entry["since"] = print_extended(s.since);
        if (s.last)
            entry["last"] = print_extended(*s.last);
        list.push_back(std::move(entry));
    }
    return {{"seed", seed_}, {"faults", std::move(list)}};
}

} // namespace cogniot::local
