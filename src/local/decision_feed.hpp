// Who did what, and what was decided: one row for each distinct (who, client ID, action, resource,
// decision) that the broker or a service API asked about, with how often and when.
//
// From it `cogniot policy record` makes the least policies a run needs. A repeated decision costs
// a hash of its texts and no heap here; who asks has put the resource's ARN together. Bounded: the
// row that was not seen for the longest time makes room, and the answer says so. One thread (the
// loop's).
#pragma once

#include "base/utc_time.hpp"
#include "cloud/authorise.hpp"
#include "local/feed_query.hpp"

#include <boost/json/fwd.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cogniot::local {

/// What decision_feed may hold.
struct decision_limits {
    std::size_t max_rows = 10'000;
    /// Of texts and what goes with them, about.
    std::size_t max_bytes = 8 << 20;
};

class decision_feed {
  public:
    explicit decision_feed(decision_limits limits = {}) : limits_(limits) {}
    decision_feed(decision_feed const&) = delete;
    decision_feed& operator=(decision_feed const&) = delete;

    class counted;
    /// Counts one decision.
    /// @param client_id  of the MQTT connection; empty for calls of an API
    counted add(cloud::world const&, cloud::principal const&, std::string_view client_id,
                std::string_view action, std::string_view resource, policy::effect, utc_time now);
    /// Counts the same decision once more, without looking for it.
    /// @return false: rows have made room since, add() it again
    bool add_again(counted const&, utc_time now);

    /// `{"decisions":[…],"complete":…,"forgotten":…}`, in the order of their first appearance.
    /// `complete` is false if a row that would have been in the answer made room for others.
    /// @param asked  rows seen at `since` or later; their `count` and `first` are of the whole run
    boost::json::object print(feed_query const& asked) const;

    std::size_t size() const { return rows_.size(); }

  private:
    struct row;
    /// Views into a row's text, or of a decision that is looked up.
    struct key {
        /// The identity ID of a Cognito user, else the principal's ARN.
        std::string_view who;
        std::string_view role;
        std::string_view client_id;
        std::string_view action;
        std::string_view resource;
        policy::effect decision = policy::effect::implicit_deny;
        friend bool operator==(key const&, key const&) = default;
    };
    struct key_hash {
        std::size_t operator()(key const&) const;
    };
    struct row {
        /// The five texts one after the other: `what` points into it.
        std::string text{};
        key what{};
        bool is_identity = false;
        /// Lock names, in the order in which they are asked.
        std::array<cloud::lock, 3> locks{};
        std::uint64_t number = 0;
        std::uint64_t count = 0;
        utc_time first{};
        utc_time last{};
        std::size_t bytes() const { return sizeof(row) + sizeof(key) + 64 + text.size(); }
    };

    void count(std::list<row>::iterator, utc_time now);
    void forget_oldest();

    decision_limits limits_;
    /// The one seen last is at the end.
    std::list<row> rows_;
    std::unordered_map<key, std::list<row>::iterator, key_hash> by_key_;
    std::size_t bytes_ = 0;
    std::uint64_t last_number_ = 0;
    std::uint64_t forgotten_ = 0;
    /// No forgotten row was seen after this instant.
    utc_time forgotten_until_{};
};

/// A decision that has its row.
class decision_feed::counted {
  public:
    counted() = default;

  private:
    friend class decision_feed;
    counted(std::list<row>::iterator which, std::uint64_t forgotten)
        : row_(which), forgotten_(forgotten) {}

    std::list<row>::iterator row_{};
    /// The row is there while no other has made room since.
    std::uint64_t forgotten_ = ~std::uint64_t(0);
};

} // namespace cogniot::local
