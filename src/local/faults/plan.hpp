// The fault plan: the rules that stand, and whether one of them strikes now.
//
// Pure: no clock, no socket, and no chance but the seed's. Whether a rule strikes at its n-th
// occasion follows from the seed, the rule's name and n alone: a run that meets the same occasions
// in the same order is repeated, whatever other rules there are.
#pragma once

#include "base/utc_time.hpp"
#include "local/faults/rule.hpp"

#include <boost/json/fwd.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::local {

/// What a rule is held against; what does not apply stays empty.
struct fault_occasion {
    std::string_view operation{};
    std::string_view client{};
    std::string_view identity{};
    /// Topics of a PUBLISH, or filters of a SUBSCRIBE or UNSUBSCRIBE.
    std::vector<std::string_view> topics{};
    std::string_view event{};
    std::optional<fault_moment> when{};
    /// How long the connection has been open.
    std::chrono::milliseconds age{};
};

/// A seed and rules, as a file or a request has them.
struct fault_list {
    std::optional<std::uint64_t> seed{};
    std::vector<fault_rule> rules{};
};

class fault_plan {
  public:
    static constexpr std::uint64_t default_seed = 1;
    static constexpr std::size_t max_rules = 1'000;

    /// A rule and what became of it.
    struct standing {
        fault_rule rule;
        utc_time since{};
        std::uint64_t seen = 0;
        std::uint64_t struck = 0;
        std::optional<utc_time> last{};
        bool is_over(utc_time now) const {
            return (rule.count && struck >= *rule.count) ||
                   (rule.lasts && now >= since + *rule.lasts);
        }
    };

    /// Adds a rule, or puts it in the place of the one with its name, counted anew; one without a
    /// name gets one (`throttle`, `throttle-2`, …). @return the name; nothing if there are too many
    std::optional<std::string> add(fault_rule, utc_time now);
    /// Adds all of them and takes their seed, or nothing at all: then false, and the plan is as it
    /// was. A rule without a name gets none that another of the list has.
    bool add_all(fault_list, utc_time now);
    /// @return false if there is none of that name
    bool remove(std::string_view name);
    void clear();
    void set_seed(std::uint64_t seed) { seed_ = seed; }
    std::uint64_t seed() const { return seed_; }

    bool is_empty() const { return rules_.empty(); }
    /// Whether any rule is of this kind, over or not.
    bool has(fault_kind what) const { return (kinds_ & bit(what)) != 0; }
    std::deque<standing> const& all() const { return rules_; }

    /// The first rule of this kind that matches and strikes; null if none does. Each that was asked
    /// has counted the occasion. The rule stays where it is until the plan is changed.
    fault_rule const* strike(fault_kind, fault_occasion const&, utc_time now);
    /// The same for one rule, whether or not its age has come.
    bool strikes(standing&, fault_occasion const&, utc_time now) const;
    /// For places that keep count of rules by themselves.
    std::deque<standing>& standings() { return rules_; }

    /// `{"seed":…,"faults":[…]}`: each rule as it was given, with `struck`, `seen` and `state`.
    boost::json::object print(utc_time now) const;

  private:
    static constexpr std::uint32_t bit(fault_kind what) {
        return 1u << static_cast<unsigned>(what);
    }
    std::set<std::string> names() const;
    void note_kinds();

    std::deque<standing> rules_;
    std::uint64_t seed_ = default_seed;
    std::uint32_t kinds_ = 0;
};

/// Reads `{"seed":7,"faults":[RULE,…]}`, a rule being an object or a text of words.
/// The complaint's member is a path: `faults[2].probability`.
fault_reading<fault_list> parse_fault_list(boost::json::object const&);
/// The same from a YAML or JSON file.
/// @errors the system's; template_errc; fault_errc, with file, line and column in front
result<fault_list> read_fault_file(std::string const& path);

enum class fault_errc { rule_not_usable = 1 };
std::string_view describe(fault_errc);
error_code make_error_code(fault_errc);

} // namespace cogniot::local
