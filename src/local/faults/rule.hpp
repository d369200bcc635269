// One rule of fault injection: what it matches, how often it strikes, and what it does then.
//
// A rule is written as a JSON object (from the API or a YAML or JSON file) or in words:
// `throttle cognito-idp:InitiateAuth 50% count=3`. docs/local.md has the table of faults.
#pragma once

#include "base/result.hpp"

#include <boost/json/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::local {

enum class fault_kind : std::uint8_t {
    throttle,       // an operation answers as when it is called too often
    limit_exceeded, // … as when a quota is used up
    internal_error, // … 500
    unavailable,    // … 503
    refuse_upgrade, // 403 at GET /mqtt
    hang_up,        // the connection ends instead of the answer
    disconnect,     // the server ends it: fault_rule::reason
    take_over,      // DUPLICATE_CLIENTID
    lose_puback,    // the message is there, its acknowledgement is not
    duplicate,      // a message is delivered once more
    late_presence,  // events overtake each other
    double_presence,
    late_policy, // a policy's change takes its time
    latency,
    bandwidth,
};
/// `lose-puback`; as rules name it.
std::string_view print(fault_kind);

/// On what a connection ends.
enum class fault_moment : std::uint8_t {
    connect,
    subscribe,
    unsubscribe,
    publish,
    puback, // the broker's, for a message that is stored already
    ping,
    age, // it has been open for fault_rule::delay
};
std::string_view print(fault_moment);

struct fault_rule {
    std::string name{};
    fault_kind what = fault_kind::throttle;

    // What it matches; `*` in the first three stands for any text.
    /// `cognito-idp:InitiateAuth`; empty = everything that is no API call, too.
    std::string operation{};
    std::string client{};
    /// A Cognito identity ID, else the principal.
    std::string identity{};
    /// An MQTT topic filter.
    std::string topic{};
    /// `connected`, …: the event type of a presence or subscription event.
    std::string event{};
    std::optional<fault_moment> when{};

    // How often.
    /// Millionths.
    std::uint32_t probability = 1'000'000;
    /// So many occasions go by first.
    std::uint64_t skip = 0;
    /// So often at most.
    std::optional<std::uint64_t> count{};
    /// So long after it was added, by the local cloud's clock.
    std::optional<std::chrono::milliseconds> lasts{};

    // What it does.
    std::chrono::milliseconds delay{};
    std::uint64_t bytes_per_second = 0;
    /// `THROTTLED`, …: the disconnectReason; empty for SERVER_INITIATED_DISCONNECT.
    std::string reason{};
    /// Instead of AWS's own.
    std::string message{};
    std::string code{};
    /// The whole body of the 403.
    std::string body{};
};

/// What cannot be used in a rule, and where: the member's name, empty for the rule itself.
struct fault_complaint {
    std::string member{};
    std::string what{};
};
[[noreturn]] inline void throw_exception_from_error(fault_complaint const& e,
                                                    boost::source_location const&) {
    throw std::runtime_error(e.what);
}
template <typename T>
using fault_reading = boost::system::result<T, fault_complaint>;

/// Reads `{"fault":"throttle","operation":"cognito-idp:*","probability":"50%"}`. The name may be
/// missing: fault_plan::add() gives one.
fault_reading<fault_rule> parse_fault_rule(boost::json::object const&);
/// Reads a rule in words: the fault, what its table row names first, `50%`, and `member=value`.
fault_reading<fault_rule> parse_fault_words(std::span<std::string const> words);
/// The same from one text. Words end at spaces; a word or a `member=` value that begins with a
/// double quote ends at the next one, and `\"` is one within. Quotes elsewhere are text:
/// `body={"x":1}`.
fault_reading<fault_rule> parse_fault_text(std::string_view text);
/// A word as parse_fault_text() reads it.
std::string print_fault_word(std::string_view);

/// The object that parse_fault_rule() reads as the same rule.
boost::json::object print_fault_rule(fault_rule const&);

/// How long so many bytes take under a rule of bandwidth; 60 s at most, so that what waits ends in
/// order.
std::chrono::milliseconds transfer_time(fault_rule const&, std::size_t bytes);

/// `*` stands for any text, also none.
bool matches_text(std::string_view pattern, std::string_view text);

/// `200ms`, `3s`, `5m`, `2h`, `1d`; nothing if it is none or longer than a year.
std::optional<std::chrono::milliseconds> parse_delay(std::string_view text);
std::string print_delay(std::chrono::milliseconds);

} // namespace cogniot::local
