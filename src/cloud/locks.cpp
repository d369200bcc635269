#include "cloud/locks.hpp"

#include "cloud/world.hpp"
#include "policy/arn.hpp"
#include "policy/compiled.hpp"

#include <algorithm>
#include <array>

namespace cogniot::cloud {

namespace {

/// Everything but AWS IoT's own: what principal_facts() sets, and `iot:Topic`, which IAM knows
/// (Service Authorization Reference, "Condition keys for AWS IoT").
constexpr std::array<std::string_view, 16> iam_keys{"iot:Topic",
                                                    "aws:CurrentTime",
                                                    "aws:EpochTime",
                                                    "aws:SecureTransport",
                                                    "aws:SourceIp",
                                                    "aws:userid",
                                                    "aws:PrincipalAccount",
                                                    "aws:PrincipalArn",
                                                    "aws:PrincipalType",
                                                    "aws:TokenIssueTime",
                                                    "aws:FederatedProvider",
                                                    "aws:RequestedRegion",
                                                    "aws:ViaAWSService",
                                                    "aws:PrincipalIsAWSService",
                                                    "cognito-identity.amazonaws.com:sub",
                                                    "cognito-identity.amazonaws.com:aud"};
constexpr std::string_view amr_key = "cognito-identity.amazonaws.com:amr";

policy::context without_iot_keys(policy::context const& all) {
    policy::context out;
    for (auto const key : iam_keys)
        if (auto const value = all.find_single(key))
            out.set(std::string(key), std::string(*value));
    if (auto const* const amr = all.find(amr_key))
        out.set_list(std::string(amr_key), *amr);
    return out;
}

/// Empty if the resource is no ARN.
std::string_view region_of(std::string_view resource) {
    auto const parts = policy::split_arn(resource);
    return parts ? (*parts)[policy::arn_region] : std::string_view{};
}

/// A session belongs to the role's ID, not to its name: a role that was deleted and made again
/// does not lend its permissions to sessions of the old one.
iam::role const* find_session_role(world const& w, principal const& who) {
    auto const* const r = w.iam.find_role(who.role_name);
    auto const id = std::string_view(who.user_id).substr(0, who.user_id.find(':'));
    return r && r->id == id ? r : nullptr;
}

} // namespace

policy::kind kind_of(lock which) {
    return which == lock::iot_policy       ? policy::kind::iot
           : which == lock::session_policy ? policy::kind::session
                                           : policy::kind::role_inline;
}

locks::locks(world const& w, principal const& who, std::string_view action,
             std::string_view resource)
    : role_(find_session_role(w, who)), region_(region_of(resource)) {
    if (region_.empty())
        region_ = w.settings.region;
    registry_ = w.iot.find(region_);
    if (who.what == principal::type::device) {
        add_iot_policies(w, who);
        return;
    }

    auto role_documents = role_ ? std::span<policy::named_document const>(role_->documents)
                                : std::span<policy::named_document const>{};
    if (!w.lag.is_empty() && role_)
        if (auto const* late = find_late(w, lag_key_of_role(role_->id)))
            role_documents = late->documents;
    add(lock::role_policy, role_documents);
    if (!who.session_policies.empty()) {
        auto const n = std::min(who.session_policies.size(), session_.size());
        for (std::size_t i = 0; i < n; ++i)
            session_[i] = {"session policy", &who.session_policies[i]};
        add(lock::session_policy, {session_.data(), n});
    }
    if (who.from_identity_pool() && who.authenticated && policy::is_governed_by_iot_policy(action))
        add_iot_policies(w, who);
}

void locks::add_iot_policies(world const& w, principal const& who) {
    auto const* const target = registry_ ? registry_->find_target(who.iot_name()) : nullptr;
    auto documents = target ? std::span<policy::named_document const>(target->documents)
                            : std::span<policy::named_document const>{};
    if (!w.lag.is_empty())
        if (auto const* late = find_late(w, lag_key_of_target(region_, who.iot_name())))
            documents = late->documents;
    add(lock::iot_policy, documents);
}

policy::context const& locks::facts_for(one_lock const& one, policy::context const& all) const {
    bool const is_narrow = one.which != lock::iot_policy &&
                           std::ranges::any_of(one.documents, [](policy::named_document const& d) {
                               return d.compiled->inside().reads_iot_keys;
                           });
    if (!is_narrow)
        return all;
    if (!narrowed_)
        narrowed_ = without_iot_keys(all);
    return *narrowed_;
}

kept_policies const* locks::find_late(world const& w, std::string_view key) {
    auto const* const found = w.lag.find(key);
    if (found == nullptr)
        return nullptr;
    late_ = found;
    return found->policies.get();
}

void locks::add(lock which, std::span<policy::named_document const> documents) {
    locks_[count_++] = {which, documents};
}

} // namespace cogniot::cloud
