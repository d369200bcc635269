// The local cloud's AWSIotLogsV2: one JSON object a line, with AWS's field names, and beside them
// what AWS keeps to itself: `because` (data) and `explanation` (words).
//
// Lines collect in memory and leave in one write when flush() is called, once per turn of the loop.
// @source AWS IoT developer guide, "CloudWatch log entries"; spec iot-broker 5
#pragma once

#include "base/random_source.hpp"
#include "base/result.hpp"
#include "base/utc_time.hpp"
#include "local/decision_feed.hpp"

#include <boost/json.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace cogniot::local {

/// What is written: failures alone, or successes too, as AWS's INFO does.
enum class log_level { error, info };

class event_log {
  public:
    event_log(std::string account, log_level, random_source&);
    ~event_log();
    event_log(event_log const&) = delete;
    event_log& operator=(event_log const&) = delete;

    /// Appends to a file instead of standard error. @errors the system's, with the path
    result<void> open_file(std::filesystem::path const&);

    /// Whether a success of this kind would be written or kept: asked before a line is made.
    bool wants_success(std::string_view event_type) const;

    /// Starts the next request: entries until the next call share a traceId.
    void begin_request() { trace_.clear(); }
    /// The same with an ID that the client is told, too (x-amzn-RequestId).
    void begin_request(std::string trace) { trace_ = std::move(trace); }

    /// Adds timestamp, logLevel, traceId, accountId, status and eventType in front of `fields`.
    void write(std::string_view event_type, bool success, boost::json::object fields, utc_time now);
    /// A line of the program itself, e.g. that the disk is full: same file, eventType `cogniot`.
    void write_own(std::string_view reason, std::string_view details, utc_time now);
    /// A code that AWS would mail or text, so that a person can type it: eventType `Message`.
    void write_message(boost::json::object fields, utc_time now);
    void flush();

    /// The last refusals, oldest first, as JSON lines.
    std::deque<std::string> const& denials() const { return denials_; }
    /// The last events of all kinds but single messages, oldest first.
    std::deque<std::string> const& recent() const { return recent_; }
    std::uint64_t denial_count() const { return denial_count_; }

    /// What was decided, for whom: allows, too.
    decision_feed& decisions() { return decisions_; }
    decision_feed const& decisions() const { return decisions_; }

  private:
    void keep(std::deque<std::string>& ring, std::string const& line);

    std::string account_;
    log_level level_;
    random_source& random_;
    int descriptor_ = 2;
    std::string trace_;
    std::string pending_;
    std::deque<std::string> denials_;
    std::deque<std::string> recent_;
    std::uint64_t denial_count_ = 0;
    decision_feed decisions_;
};

/// Adds `explanation` (words) and `because` (the rest) from the JSON that cloud::explain() gives.
void add_reasons(boost::json::object& fields, std::string_view explained);

} // namespace cogniot::local
