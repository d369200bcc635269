// Policies that a change has not replaced yet: on AWS a change takes effect after a while, here at
// once unless it is asked to be late. What decides meanwhile are the documents of before.
//
// Owned by the world; the locks look here first. Empty, it costs one comparison.
// @source AWS IoT developer guide, "AWS IoT Core policies"; IAM user guide, "Changes that I make
// are not always immediately visible"
#pragma once

#include "base/utc_time.hpp"
#include "policy/decide.hpp"
#include "policy/document.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::cloud {

struct world;

/// The documents of one role or one target as they were. Copies share the compiled form.
struct kept_policies {
    explicit kept_policies(std::span<policy::named_document const>);
    kept_policies(kept_policies const&) = delete;
    kept_policies& operator=(kept_policies const&) = delete;

    std::vector<std::string> labels{};
    std::vector<policy::document> compiled{};
    /// Views into the two above.
    std::vector<policy::named_document> documents{};
    /// Whether they are the same documents, under whatever names.
    bool equals(std::span<policy::named_document const>) const;
};

/// `role AROA…` and `target REGION/ID`.
std::string lag_key_of_role(std::string_view role_id);
std::string lag_key_of_target(std::string_view region, std::string_view id);

/// Everybody's documents at one moment, by key.
using policy_snapshot = std::map<std::string, std::shared_ptr<kept_policies const>, std::less<>>;
policy_snapshot take_policies(world const&);
/// Keys whose documents are others now, or that came or went.
std::vector<std::string> find_changes(policy_snapshot const& before, world const& now);

class policy_lag {
  public:
    struct entry {
        std::shared_ptr<kept_policies const> policies;
        utc_time until{};
        /// For people: what holds the change back.
        std::string because{};
    };

    bool is_empty() const { return entries_.empty(); }
    /// What decides for this key now; null if that is what the world says.
    entry const* find(std::string_view key) const;
    /// The documents decide until then. An instant before that of an earlier change is moved there:
    /// changes take effect in their order.
    void hold(std::string const& key, entry);
    /// The change takes effect now, and with it all that came before.
    void release(std::string_view key);
    /// Lets go what is due. Call it before decisions at a later time.
    void forget(utc_time now);

  private:
    std::map<std::string, std::deque<entry>, std::less<>> entries_;
};

} // namespace cogniot::cloud
