// What AWS IoT refuses whatever any policy says, foreseen from what the application is said to do.
// Pure.
//
// @source AWS IoT Core endpoints and quotas; AWS IoT developer guide, "MQTT"; spec iot-broker 2.2,
// 3.1, 7, 8.2
#pragma once

#include "broker/profile.hpp"
#include "client/doctor/asked.hpp"
#include "client/doctor/report.hpp"

#include <string_view>
#include <vector>

namespace cogniot::client::doctor {

/// AWS's rules, with the two rates that a local cloud enforces on demand only.
broker::profile const& aws_rules();

/// Findings of step::limits: what certainly fails, what is suspected; one that passed if neither.
std::vector<finding> check_limits(asked const&, std::string_view client_id);

} // namespace cogniot::client::doctor
