// The table of faults: what each is called, which members its rules take, and how it is written.
// For src/local/faults alone.
#pragma once

#include "broker/broker.hpp"
#include "cloud/service.hpp"
#include "local/faults/rule.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cogniot::local {

struct kind_row {
    fault_kind what;
    std::string_view name;
    /// The member that cannot be missing and comes first in words; empty if there is none.
    std::string_view main;
    /// The others, apart from those that every rule has.
    std::span<std::string_view const> members;
    std::string_view example;
};

std::span<kind_row const> all_kinds();
/// Null if there is none of that name.
kind_row const* find_kind(std::string_view name);
kind_row const& row_of(fault_kind);
/// `throttle, limit-exceeded, …`
std::string kind_names();

bool takes(kind_row const&, std::string_view member);
/// What its rules take, in words.
std::string members_of(kind_row const&);

/// A disconnectReason that the fault `disconnect` can have.
struct end_reason {
    std::string_view name;
    broker::close_cause cause;
};
/// @param name  empty: SERVER_INITIATED_DISCONNECT. @return null if there is none of that name
end_reason const* find_end_reason(std::string_view name);
/// `SERVER_INITIATED_DISCONNECT, THROTTLED, …`
std::string end_reason_names();

/// Whether this service has an error for the fault, and what it answers when a rule of it strikes;
/// nothing if it has none.
bool has_error(std::string_view service, fault_kind);
std::optional<cloud::api_error> error_of(std::string_view service, fault_rule const&);

/// Why a rule could never strike, or would do what it does not say, though each of its members can
/// be (faults/contradictions.cpp).
std::optional<fault_complaint> find_contradiction(fault_rule const&);

/// Whether it is the pattern of any operation that a service has (faults/operations.cpp).
bool is_any_operation(std::string_view pattern);
/// … of one that this service has.
bool is_any_operation(std::string_view pattern, cloud::service const&);
/// `cognito-idp, cognito-identity, …`
std::string service_names();

inline constexpr std::array moments{fault_moment::connect,     fault_moment::subscribe,
                                    fault_moment::unsubscribe, fault_moment::publish,
                                    fault_moment::puback,      fault_moment::ping,
                                    fault_moment::age};
inline constexpr std::array<std::string_view, 5> event_types{
    "connected", "disconnected", "connect_failed", "subscribed", "unsubscribed"};

} // namespace cogniot::local
