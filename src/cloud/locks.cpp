#include "cloud/locks.hpp"

#include "cloud/world.hpp"

#include <algorithm>

namespace cogniot::cloud {

namespace {

/// The fourth part of an ARN; empty if it is none.
std::string_view region_of(std::string_view arn) {
    for (int part = 0; part < 3; ++part) {
        auto const colon = arn.find(':');
        if (colon == std::string_view::npos)
            return {};
        arn.remove_prefix(colon + 1);
    }
    auto const end = arn.find(':');
    return end == std::string_view::npos ? std::string_view{} : arn.substr(0, end);
}

/// A session belongs to the role's ID, not to its name: a role that was deleted and made again
/// does not lend its permissions to sessions of the old one.
iam::role const* find_session_role(world const& w, principal const& who) {
    auto const* const r = w.iam.find_role(who.role_name);
    auto const id = std::string_view(who.user_id).substr(0, who.user_id.find(':'));
    return r && r->id == id ? r : nullptr;
}

} // namespace

locks::locks(world const& w, principal const& who, std::string_view action,
             std::string_view resource)
    : role_(find_session_role(w, who)), region_(region_of(resource)) {
    if (region_.empty())
        region_ = w.settings.region;
    registry_ = w.iot.find(region_);

    add(lock::role_policy, role_ ? std::span<policy::named_document const>(role_->documents)
                                 : std::span<policy::named_document const>{});
    if (!who.session_policies.empty()) {
        auto const n = std::min(who.session_policies.size(), session_.size());
        for (std::size_t i = 0; i < n; ++i)
            session_[i] = {"session policy", &who.session_policies[i]};
        add(lock::session_policy, {session_.data(), n});
    }
    if (who.from_identity_pool() && who.authenticated && is_governed_by_iot_policy(action)) {
        auto const* const target = registry_ ? registry_->find_target(who.identity_id) : nullptr;
        add(lock::iot_policy, target ? std::span<policy::named_document const>(target->documents)
                                     : std::span<policy::named_document const>{});
    }
}

void locks::add(lock which, std::span<policy::named_document const> documents) {
    locks_[count_++] = {which, documents};
}

} // namespace cogniot::cloud
