// What happened in the local cloud, one JSON object a line with AWSIotLogsV2's field names, and
// beside them what AWS keeps to itself: `explanation` (words) and `because` (data).
//
// A line goes to the log group of CloudWatch Logs that AWS IoT's logging levels say, to the feed of
// all events, if it is a refusal to the feed of refusals, and to standard error or a file. Nothing
// is made of an event that nobody wants. One thread (the loop's).
// @source AWS IoT developer guide, "CloudWatch log entries"; spec iot-broker 5
#pragma once

#include "base/random_source.hpp"
#include "base/result.hpp"
#include "base/utc_time.hpp"
#include "cloud/logs/ring.hpp"
#include "local/decision_feed.hpp"
#include "local/log_fields.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cogniot::cloud {
struct world;
}

namespace cogniot::local {

/// What is written to standard error or the file: refusals alone, or what succeeded too.
enum class log_level { error, info };

/// What a line is about: it decides where the line goes and how it is found again.
struct event_facts {
    enum class kind {
        iot,  // an event of AWS IoT: has levels and log groups
        call, // a refused call of some API: AWS does not log it, we do
        own,  // a word of the program itself
        code  // what AWS would mail or text: a secret, for standard error or the file alone
    } what = kind::iot;
    /// `Publish-In`, or an operation's name.
    std::string_view type{};
    bool success = true;
    /// Something was refused all the same: a filter in MQTT 5's SUBACK, whose line is a Success.
    bool has_refusal = false;
    /// Empty = the local cloud's own.
    std::string_view region{};
    std::string_view client_id{};
    std::string_view identity_id{};
    std::string_view principal_id{};
    std::string_view source_ip{};
    /// It follows from a refusal that has a line of its own: not told as one again.
    bool is_consequence = false;
};

class event_log {
  public:
    event_log(cloud::world&, log_level, random_source&);
    ~event_log();
    event_log(event_log const&) = delete;
    event_log& operator=(event_log const&) = delete;

    /// Appends to a file instead of standard error. @errors the system's, with the path
    result<void> open_file(std::filesystem::path const&);
    /// Called after new lines were flushed.
    void on_new_lines(std::function<void()> call) { on_new_lines_ = std::move(call); }

    /// Starts the next request: lines until the next call share a traceId.
    void begin_request();
    /// The same, or goes on with it: lines of one number share a traceId, however they come.
    void begin_request(std::uint64_t number);
    /// The same with an ID that the client is told, too (x-amzn-RequestId).
    void begin_request(std::string trace);
    /// The next request that comes with a number is this one: it keeps its traceId.
    void expect_number() { expects_number_ = true; }

    std::string_view own_region() const;
    /// What every line begins with.
    void print_head(log_fields&, event_facts const&, utc_time, std::uint64_t request) const;

    /// Writes one line: timestamp, logLevel, traceId, accountId, status and eventType, then what
    /// `fill` appends to the log_fields it is given. `fill` is not called if nobody wants the line.
    template <typename Fill>
    void write(event_facts const& of, utc_time now, Fill const& fill) {
        auto const to = find_route(of);
        if (!to)
            return;
        write_text(of, *to, now, fill);
    }
    /// The same for lines that come by the hundred thousand: `make(number, request, group)` makes
    /// an entry that prints itself when somebody reads it.
    template <typename Fill, typename Make>
    void write(event_facts const& of, utc_time now, Fill const& fill, Make const& make) {
        auto const to = find_route(of);
        if (!to)
            return;
        // A trace ID that was given is known now only.
        if (to->file || !to->group || is_trace_given_)
            return write_text(of, *to, now, fill);
        keep(of, *to, make(++last_number_, request_, *to->group));
    }
    /// A word of the program itself, e.g. that the disk is full: eventType `cogniot`.
    void write_own(std::string_view reason, std::string_view details, utc_time now);
    /// Lets what was written leave: one write to the file, readers of the feeds are woken.
    void flush();

    /// Refusals of all kinds, allowed or not by --soft.
    cloud::logs::ring const& denials() const { return denials_; }
    /// Every line.
    cloud::logs::ring const& events() const { return events_; }
    std::uint64_t denial_count() const { return denial_count_; }

    /// What was decided, for whom: allows, too.
    decision_feed& decisions() { return decisions_; }
    decision_feed const& decisions() const { return decisions_; }

  private:
    struct route {
        std::optional<std::string_view> group{};
        bool file = false;
    };
    std::optional<route> find_route(event_facts const&) const;
    template <typename Fill>
    void write_text(event_facts const& of, route const& to, utc_time now, Fill const& fill) {
        begin_line(of, now);
        fill(fields_);
        end_line(of, to, now);
    }
    void begin_line(event_facts const&, utc_time now);
    void end_line(event_facts const&, route const&, utc_time now);
    void keep(event_facts const&, route const&, cloud::logs::entry_ptr);
    std::string make_trace(std::uint64_t request) const;

    cloud::world& world_;
    log_level level_;
    int descriptor_ = 2;
    /// Trace IDs are made of it and the request's number: unlike any other process's, no secrets.
    std::array<std::uint64_t, 2> trace_seed_{};
    std::uint64_t last_request_ = 0;
    std::uint64_t request_ = 0;
    bool expects_number_ = false;
    /// Of the request in progress; empty until a line needs it.
    std::string trace_;
    bool is_trace_given_ = false;
    log_fields fields_;
    std::string pending_;
    bool has_new_lines_ = false;
    std::function<void()> on_new_lines_;
    std::uint64_t last_number_ = 0;
    cloud::logs::ring denials_{{.max_entries = 2'000, .max_bytes = 8 << 20}};
    cloud::logs::ring events_;
    std::uint64_t denial_count_ = 0;
    decision_feed decisions_;
};

} // namespace cogniot::local
