#include "cloud/policy_lag.hpp"

#include "cloud/world.hpp"

#include <algorithm>
#include <utility>

namespace cogniot::cloud {
namespace {

/// Calls `use(key, documents)` for every role and target.
template <typename Use>
void for_each_owner(world const& w, Use const& use) {
    for (auto const& [name, role] : w.iam.roles)
        use(lag_key_of_role(role.id), role.documents);
    for (auto const& [region, registry] : w.iot.regions)
        for (auto const& [id, target] : registry.targets)
            use(lag_key_of_target(region, id), target.documents);
}

} // namespace

kept_policies::kept_policies(std::span<policy::named_document const> from) {
    for (auto const& one : from) {
        labels.emplace_back(one.name);
        compiled.push_back(*one.compiled);
    }
    // INVARIANT: neither changes any more from here.
    for (std::size_t i = 0; i < compiled.size(); ++i)
        documents.push_back({labels[i], &compiled[i], from[i].is_fixed});
}

bool kept_policies::equals(std::span<policy::named_document const> others) const {
    return std::ranges::equal(documents, others, [](auto const& a, auto const& b) {
        return &a.compiled->inside() == &b.compiled->inside();
    });
}

std::string lag_key_of_role(std::string_view role_id) {
    return "role " + std::string(role_id);
}

std::string lag_key_of_target(std::string_view region, std::string_view id) {
    return "target " + std::string(region) + "/" + std::string(id);
}

policy_snapshot take_policies(world const& w) {
    policy_snapshot taken;
    for_each_owner(w, [&](std::string key, auto const& documents) {
        taken.emplace(std::move(key), std::make_shared<kept_policies const>(documents));
    });
    return taken;
}

std::vector<std::string> find_changes(policy_snapshot const& before, world const& w) {
    std::vector<std::string> changed;
    std::size_t still_there = 0;
    auto const after = take_policies(w);
    for (auto const& [key, now] : after) {
        auto const was = before.find(key);
        bool const is_new = was == before.end();
        still_there += is_new ? 0 : 1;
        if (is_new ? !now->documents.empty() : !was->second->equals(now->documents))
            changed.push_back(key);
    }
    if (still_there < before.size())
        for (auto const& [key, was] : before)
            if (!after.contains(key) && !was->documents.empty())
                changed.push_back(key);
    return changed;
}

policy_lag::entry const* policy_lag::find(std::string_view key) const {
    auto const at = entries_.find(key);
    return at == entries_.end() ? nullptr : &at->second.front();
}

void policy_lag::hold(std::string const& key, entry one) {
    auto& queue = entries_[key];
    if (!queue.empty())
        one.until = std::max(one.until, queue.back().until);
    queue.push_back(std::move(one));
}

void policy_lag::release(std::string_view key) {
    if (auto const at = entries_.find(key); at != entries_.end())
        entries_.erase(at);
}

void policy_lag::forget(utc_time now) {
    for (auto at = entries_.begin(); at != entries_.end();) {
        auto& queue = at->second;
        while (!queue.empty() && queue.front().until <= now)
            queue.pop_front();
        at = queue.empty() ? entries_.erase(at) : std::next(at);
    }
}

} // namespace cogniot::cloud
