// What a session is still owed: QoS 1 and 2 messages in the order they were promised, those in
// flight and those that wait.
//
// Every message gets the next number of the session; its packet identifier follows from it
// (number % 65535 + 1). So an acknowledgement finds its message without a search, and a restart
// sends a message again under the identifier it had without a record of its own.
#pragma once

#include "base/utc_time.hpp"
#include "broker/message.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace cogniot::broker {

struct outgoing {
    enum class state : std::uint8_t {
        waiting, // to be sent when the window has room
        sent,    // in flight
        done,    // acknowledged or dropped; leaves when everything before it has left
    };

    /// Nothing if only PUBREL is owed, or if the store alone has the message.
    message_ref what;
    /// For the first time over this connection.
    utc_time first_sent{};
    /// MQTT 5 subscription identifiers; nearly always none.
    std::unique_ptr<std::vector<std::uint32_t>> identifiers{};
    /// From then until it was sent for the last time.
    std::uint32_t resent_after_ms = 0;
    /// When the message expires, in seconds of Unix time, rounded up; 0: never.
    std::uint32_t expires_seconds = 0;
    /// Tells the session's shared subscriptions apart: through which one it came; 0: through none.
    std::uint16_t group = 0;
    state now = state::waiting;
    mqtt::qos level = mqtt::qos::at_least_once;
    bool retain : 1 = false;
    /// PUBREC came: what is sent (again) is PUBREL, and the message is not needed any more.
    bool released : 1 = false;
    /// It has been on the wire before.
    bool was_sent : 1 = false;
    /// There is a `queued` record.
    bool durable : 1 = false;
    /// A direct message (direct.cpp): sent once, over this connection alone, and not held here.
    bool direct : 1 = false;

    utc_time last_sent() const { return first_sent + std::chrono::milliseconds(resent_after_ms); }
    void set_expires(utc_time at) {
        auto const seconds = at == never ? 0 : epoch_seconds(at + std::chrono::milliseconds(999));
        expires_seconds = seconds > 0xFFFF'FFFF ? 0 : static_cast<std::uint32_t>(seconds);
    }
};

// A queue may be very long.
static_assert(sizeof(outgoing) <= 40);

class outbox {
  public:
    using number = std::uint64_t;
    /// Numbers further apart than this would share a packet identifier.
    static constexpr number max_span = 65535;

    static mqtt::packet_id id_of(number n) { return static_cast<mqtt::packet_id>(n % 65535 + 1); }

    bool is_empty() const { return size_ == 0; }
    /// Whether the packet identifier of the next push() is free.
    bool has_next_id() const { return size_ < max_span; }
    /// Messages that are not done.
    std::size_t owed() const { return owed_; }
    std::size_t in_flight() const { return in_flight_; }
    number first() const { return first_; }
    number last() const { return first_ + size_; }

    number push(outgoing);
    /// For restoring: the next push() gets `n`, at least. Numbers in between count as done.
    void skip_to(number n);
    outgoing& at(number n) { return ring_[(head_ + (n - first_)) & (ring_.size() - 1)]; }
    /// The number that has this packet identifier and is in flight, or nothing.
    std::optional<number> find_in_flight(mqtt::packet_id);

    /// Messages before this number may have been sent.
    number sent_end() const { return sent_end_; }
    void set_sent_end(number n) { sent_end_ = n; }
    void mark_sent(number, utc_time now);
    /// The message is acknowledged or dropped.
    void finish(number);

    /// The next live message, or the next of those that were stored when the session came back;
    /// nothing if there is none or its packet identifier is still in use.
    std::optional<number> next_live() { return next(live_next_, last()); }
    std::optional<number> next_stored() { return next(stored_next_, stored_end_); }
    bool has_stored() { return next(stored_next_, stored_end_).has_value(); }

    /// The connection is gone: what was in flight waits again.
    void went_offline();
    /// A connection is there: all that waits now counts as stored.
    void came_online();

  private:
    std::optional<number> next(number& cursor, number end);

    std::vector<outgoing> ring_; // its size is 0 or a power of two
    std::size_t head_ = 0;
    std::size_t size_ = 0;
    std::size_t owed_ = 0;
    std::size_t in_flight_ = 0;
    number first_ = 0;
    number sent_end_ = 0;
    number live_next_ = 0;
    number stored_next_ = 0;
    number stored_end_ = 0;
};

} // namespace cogniot::broker
