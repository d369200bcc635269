// CloudWatch Logs: the log groups that AWS IoT writes to, with their entries in memory.
//
// Entries of all groups and regions share one ring; nothing survives the process. One log stream a
// group, named when the process starts.
// @source CloudWatch Logs API reference; spec cognito-iam-sigv4 7.4, iot-broker 5.1
#pragma once

#include "cloud/logs/ring.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace cogniot::cloud::logs {

/// AWS IoT's own group: there in every region from the start.
inline constexpr std::string_view iot_group = "AWSIotLogsV2";

struct state {
    ring entries{};
    /// The name of the log stream of every group.
    std::string stream = "local";
    /// When the stream was made.
    utc_time started{};
    /// Groups that event configurations name as destinations, by (region, name), and when each was
    /// first written to.
    std::map<std::pair<std::string, std::string>, utc_time, std::less<>> destinations{};

    /// Keeps an entry; its group is made if it is a new one.
    void add(entry_ptr);
    bool has_group(std::string_view region, std::string_view name) const;
};

} // namespace cogniot::cloud::logs
