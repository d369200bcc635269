// IoT policies, what they are attached to, things and certificates: the second of the two locks,
// and the registry.
//
// Everything here belongs to a region. The list of documents that count for a target is kept beside
// the target and rebuilt by every change, so that a decision finds it ready and is never stale.
// @source AWS IoT API reference, AttachPolicy, CreatePolicy, CreateThing; AWS IoT developer guide,
// "AWS IoT Core policies"
#pragma once

#include "base/record.hpp"
#include "base/result.hpp"
#include "base/utc_time.hpp"
#include "cloud/iot/certificate.hpp"
#include "cloud/iot/logging.hpp"
#include "policy/decide.hpp"
#include "policy/document.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::cloud::iot {

struct policy_version {
    /// 1, 2, …: never reused.
    unsigned number = 1;
    utc_time created{};
    policy::document document;
};

struct versioned_policy {
    std::string name{};
    std::string region{};
    std::string arn{};
    utc_time created{};
    utc_time modified{};
    /// A UUID that changes with the policy.
    std::string generation{};
    unsigned default_version = 1;
    unsigned next_version = 2;
    /// 1 to 5, oldest first.
    std::vector<policy_version> versions{};

    /// The version in force; never null for a policy in the state.
    policy_version const* in_force() const;
    policy_version const* find(std::string_view version_id) const;
};

/// What policies are attached to: a Cognito identity ID, a certificate's ARN or a thing group's
/// ARN.
struct target {
    std::string id{};
    std::string region{};
    /// Names, in the order of attachment; at most 10.
    std::vector<std::string> policies{};

    // Derived: see registry::refresh().
    std::vector<std::string> labels{};
    /// Every document in force here under the name people know it by; views into `labels`.
    std::vector<policy::named_document> documents{};
};

struct thing {
    std::string name{};
    std::string region{};
    /// A UUID.
    std::string id{};
    std::string arn{};
    std::string type_name{};
    std::string billing_group{};
    std::map<std::string, std::string, std::less<>> attributes{};
    /// From 1; rises with each update.
    std::int64_t version = 1;
    /// Who may be this thing: certificate ARNs and Cognito identity IDs, each with its
    /// `thingPrincipalType`.
    std::map<std::string, std::string, std::less<>> principals{};
};

inline constexpr std::string_view exclusive_thing = "EXCLUSIVE_THING";
inline constexpr std::string_view non_exclusive_thing = "NON_EXCLUSIVE_THING";

/// One region.
struct registry {
    std::map<std::string, versioned_policy, std::less<>> policies{};
    std::map<std::string, target, std::less<>> targets{};
    std::map<std::string, thing, std::less<>> things{};
    /// By certificate ID.
    std::map<std::string, certificate, std::less<>> certificates{};
    iot::logging logging{};
    /// Derived: the one thing of each principal that is attached exclusively.
    std::map<std::string, std::string, std::less<>> exclusive_things{};

    versioned_policy const* find_policy(std::string_view name) const;
    target const* find_target(std::string_view id) const;
    thing const* find_thing(std::string_view name) const;
    certificate const* find_certificate(std::string_view id) const;
    /// Nothing also if it is no certificate's ARN.
    certificate const* find_certificate_by_arn(std::string_view arn) const;
    /// The thing that a connection belongs to: the one its principal is attached to exclusively,
    /// else the one whose name is the client ID. Null if there is none.
    /// @param principal  a certificate's ARN, a Cognito identity ID, or empty
    thing const* find_thing_of(std::string_view principal, std::string_view client_id) const;

    /// The one thing that a principal is attached to exclusively; null if there is none.
    thing const* find_exclusive_thing(std::string_view principal) const;

    void attach(thing&, std::string_view principal, std::string_view type);
    void detach(thing&, std::string_view principal);

    /// Rebuilds what follows from a target's attachments. Called after every change to them.
    void refresh(target&) const;
    /// The same for every target that the policy is attached to.
    void refresh_attached(std::string_view policy_name);
};

struct state {
    std::map<std::string, registry, std::less<>> regions{};
    /// ARNs of certificates that are not active any more, for the shell to end their connections;
    /// it empties the list.
    std::vector<std::string> ended_certificates{};

    /// Nothing if the region has never been used.
    registry const* find(std::string_view region) const;
    /// Makes the region if it is new.
    registry& at(std::string_view region);

    /// Takes back a record of kind `iot_policy`, `iot_target`, `iot_thing`, `iot_certificate` or
    /// `iot_logging`; false for any other.
    /// Policies and targets may come in either order.
    /// @errors json::errc or policy::errc: the record is damaged
    result<bool> restore(std::string_view kind, std::string_view key, std::string_view value);
};

/// The records that keep them; handed back to restore() at the next start. The key is
/// `REGION/NAME`. A target without policies is forgotten.
record print_record(versioned_policy const&);
record print_record(target const&);
record print_record(thing const&);
record forget(versioned_policy const&);
record forget(thing const&);

} // namespace cogniot::cloud::iot
