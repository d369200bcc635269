// Log lines in the order of their making, bounded in number and bytes: the oldest make room.
//
// A line is immutable and shared: the log groups, the feed of refusals and the feed of all events
// hold the same one. Its text may be made when it is read, for most never are. One thread at a
// time.
#pragma once

#include "base/utc_time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

namespace cogniot::cloud::logs {

/// What a line is and what it can be found by.
struct entry_facts {
    /// Rises from 1 for the life of the process, over all lines.
    std::uint64_t number = 0;
    utc_time at{};
    /// One JSON object.
    std::string_view line;
    std::string_view region{};
    /// The log group that has it; empty if none does.
    std::string_view group{};
    std::string_view client_id{};
    /// Of a Cognito user.
    std::string_view identity_id{};
};

class entry {
  public:
    entry(std::uint64_t number, utc_time at) : number_(number), at_(at) {}
    virtual ~entry() = default;
    std::uint64_t number() const { return number_; }
    utc_time at() const { return at_; }
    virtual std::string line() const = 0;
    virtual std::string_view region() const = 0;
    virtual std::string_view group() const = 0;
    virtual std::string_view client_id() const = 0;
    virtual std::string_view identity_id() const = 0;
    /// What it costs, about.
    virtual std::size_t bytes() const = 0;

  private:
    std::uint64_t number_;
    utc_time at_;
};

/// A line that is there as text.
class text_entry final : public entry {
  public:
    explicit text_entry(entry_facts const&);
    std::string line() const override { return std::string(part(0)); }
    std::string_view region() const override { return part(1); }
    std::string_view group() const override { return part(2); }
    std::string_view client_id() const override { return part(3); }
    std::string_view identity_id() const override { return part(4); }
    std::size_t bytes() const override { return sizeof(text_entry) + 64 + text_.size(); }

  private:
    std::string_view part(std::size_t which) const;

    /// All parts, one after the other.
    std::string text_;
    std::array<std::uint32_t, 5> ends_;
};

using entry_ptr = std::shared_ptr<entry const>;

struct ring_limits {
    std::size_t max_entries = 20'000;
    std::size_t max_bytes = 8 << 20;
};

class ring {
  public:
    explicit ring(ring_limits limits = {}) : limits_(limits) {}

    /// @param what  with a higher number than every entry before it
    void push(entry_ptr what);
    /// Oldest first.
    std::deque<entry_ptr> const& all() const { return entries_; }
    /// The position in all() of the first entry whose number is higher.
    std::size_t first_after(std::uint64_t number) const;
    /// The number of the last entry that made room; 0 if none has.
    std::uint64_t last_dropped() const { return last_dropped_; }
    std::uint64_t last_number() const { return last_number_; }

  private:
    void fetch_oldest() const;

    ring_limits limits_;
    std::deque<entry_ptr> entries_;
    std::size_t bytes_ = 0;
    std::uint64_t last_number_ = 0;
    std::uint64_t last_dropped_ = 0;
};

} // namespace cogniot::cloud::logs
