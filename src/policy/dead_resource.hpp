// Resources that no request can ever match, because of what AWS IoT's actions ask for.
// @source AWS IoT developer guide, "AWS IoT policy actions", "AWS IoT Core policy variables"; spec
// iot-broker 4.2 to 4.4
#pragma once

#include "policy/put_back.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::policy {

enum class dead {
    wrong_type,         // `topic/…` for iot:Subscribe, or no `client/` for iot:Connect
    mqtt_wildcard,      // `+` or `#` in a topic: nobody can publish to one
    variable_never_set, // `${iot:ClientId}` in a role policy
};

/// @param resource  as a policy writes it
/// @param actions   of the same statement, as written; one that is unknown or holds a wildcard may
///                  ask for anything
/// @return nothing if some request may match
std::optional<dead> find_dead(std::string_view resource, std::span<std::string const> actions,
                              vocabulary);

/// Names of the variables in a text, as written, without defaults; those with a default are left
/// out.
std::vector<std::string> variables_of(std::string_view text);
/// The text with each `${…}` taken out.
std::string without_variables(std::string_view text);

} // namespace cogniot::policy
