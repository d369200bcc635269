// The locks that one request has to open, each with its documents, found without allocating.
// Used by authorise() and explain(), which must never disagree.
#pragma once

#include "cloud/authorise.hpp"
#include "cloud/policy_lag.hpp"
#include "cloud/principal.hpp"
#include "policy/decide.hpp"
#include "policy/document.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace cogniot::cloud {

namespace iam {
struct role;
}
namespace iot {
struct registry;
struct target;
} // namespace iot

/// The rules that a lock's documents follow.
policy::kind kind_of(lock);

/// One lock: it opens if its documents, taken together, allow.
struct one_lock {
    lock which = lock::none;
    std::span<policy::named_document const> documents{};
};

/// All locks between a role session or a device and an action on a resource. INVARIANT: spans of
/// `session_` point into this object, so that it stays where it is; the world must not change
/// meanwhile.
class locks {
  public:
    locks(world const&, principal const&, std::string_view action, std::string_view resource);
    locks(locks const&) = delete;
    locks& operator=(locks const&) = delete;

    std::span<one_lock const> all() const { return {locks_.data(), count_}; }
    /// The role as it is now; null if it is gone, or another one has its name since.
    iam::role const* role() const { return role_; }
    /// Where IoT policies are looked up; null if that region has never been used.
    iot::registry const* registry() const { return registry_; }
    std::string_view region() const { return region_; }
    /// A change of these policies that does not take effect yet; null if there is none.
    policy_lag::entry const* late() const { return late_; }
    /// The facts as a lock's documents may see them. AWS IoT's keys have no value in IAM's
    /// documents, neither as variables nor in conditions (spec iot-broker 4.4; unconfirmed on AWS):
    /// a role policy on `client/${iot:ClientId}` allows nothing.
    policy::context const& facts_for(one_lock const&, policy::context const& all) const;

  private:
    kept_policies const* find_late(world const&, std::string_view key);
    void add(lock which, std::span<policy::named_document const> documents);
    void add_iot_policies(world const&, principal const&);

    /// One inline and ten managed session policies at most (STS).
    std::array<policy::named_document, 11> session_{};
    std::array<one_lock, 3> locks_{};
    std::size_t count_ = 0;
    iam::role const* role_ = nullptr;
    iot::registry const* registry_ = nullptr;
    std::string_view region_{};
    policy_lag::entry const* late_ = nullptr;
    /// Made when some document of the role mentions `${iot:`; seldom.
    mutable std::optional<policy::context> narrowed_{};
};

} // namespace cogniot::cloud
