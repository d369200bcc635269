// A message that outlives the packet it came in: one block of memory, shared by all who wait for
// it.
#pragma once

#include "base/utc_time.hpp"
#include "mqtt/packet.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace cogniot::broker {

/// Memory that lasts longer than a packet, counted, so that no peer can make it grow without end.
struct budget {
    std::size_t held = 0;
    std::size_t maximum = 96 * 1024 * 1024;
    bool has_room(std::size_t bytes) const { return fits(bytes, maximum - reserve()); }
    /// A little is kept back for sessions: clients can come and take what is theirs.
    bool has_room_for_session(std::size_t bytes) const { return fits(bytes, maximum); }
    /// Over half is held: what the store has, too, is better not held here.
    bool is_tight() const { return held > maximum / 2; }
    std::size_t reserve() const { return maximum / 32; }

  private:
    bool fits(std::size_t bytes, std::size_t limit) const {
        return held <= limit && limit - held >= bytes;
    }
};

/// A part of a budget, held as long as this lives.
class held_share {
  public:
    held_share() = default;
    held_share(budget& from, std::size_t bytes) : from_(&from), bytes_(bytes) {
        from.held += bytes;
    }
    held_share(held_share&& other) noexcept
        : from_(std::exchange(other.from_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    held_share& operator=(held_share&& other) noexcept {
        std::swap(from_, other.from_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~held_share() {
        if (from_ != nullptr)
            from_->held -= bytes_;
    }

  private:
    budget* from_ = nullptr;
    std::size_t bytes_ = 0;
};

inline constexpr utc_time never = utc_time::max();

/// A message as it travels through the broker. The views belong to a packet or to a message.
struct message_view {
    std::string_view topic;
    std::string_view payload;
    /// MQTT 5 properties that are forwarded, encoded, without their length and without the message
    /// expiry; they go unchanged from publisher to receiver.
    std::string_view properties{};
    mqtt::qos level = mqtt::qos::at_most_once;
    bool retain = false;
    utc_time expires = never;
    /// Session number of the publisher, for No Local; 0 for the service.
    std::uint32_t origin = 0;
    /// Tells messages apart, so that the bytes made for one receiver serve the next.
    std::uint64_t serial = 0;
};

class message_ref;

/// Immutable, except for who counts on it.
class message {
  public:
    static message_ref make(message_view const&, budget&);
    message_view const& view() const { return view_; }

    /// The record that keeps the message when several sessions wait for it: its number, 0 = none,
    /// and how many of their records name it.
    std::uint64_t durable_number = 0;
    std::uint32_t durable_uses = 0;

  private:
    friend class message_ref;
    message(message_view const& v, budget& b) : view_(v), budget_(b) {}
    ~message() = default;
    void release();

    message_view view_;
    budget& budget_;
    std::uint32_t references_ = 0;
};

/// Shares a message. Not for several threads.
class message_ref {
  public:
    message_ref() = default;
    explicit message_ref(message* m) : m_(m) { ++m_->references_; }
    message_ref(message_ref const& other) : m_(other.m_) {
        if (m_ != nullptr)
            ++m_->references_;
    }
    message_ref(message_ref&& other) noexcept : m_(std::exchange(other.m_, nullptr)) {}
    message_ref& operator=(message_ref other) noexcept {
        std::swap(m_, other.m_);
        return *this;
    }
    ~message_ref() {
        if (m_ != nullptr && --m_->references_ == 0)
            m_->release();
    }
    explicit operator bool() const { return m_ != nullptr; }
    message* operator->() const { return m_; }
    message& operator*() const { return *m_; }

  private:
    message* m_ = nullptr;
};

/// What one stored message costs: its bytes, and what is around them.
inline std::size_t cost_of(message_view const& m) {
    return m.topic.size() + m.properties.size() + m.payload.size() + sizeof(message) + 32;
}

} // namespace cogniot::broker
