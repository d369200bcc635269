#include "policy/open_keys.hpp"

#include "policy/evaluate.hpp"

#include <algorithm>

namespace cogniot::policy {
namespace {

enum class answer { no, open, yes };

/// One document's statements, each answered with what is known.
class judge {
  public:
    judge(document::compiled const& of, request const& asked, lowered_action const& lowered,
          std::function<bool(std::string_view)> const& may_have_value)
        : of_(of), asked_(asked), lowered_(lowered), may_have_value_(may_have_value),
          values_(of, asked.facts) {}

    /// @param keys  receives those that an open answer hangs on
    answer ask(statement const& s, std::vector<std::string>& keys) {
        if (!action_holds(s, asked_, lowered_, values_) || !principal_holds(s, asked_))
            return answer::no;
        auto const resource = ask_resources(s, keys);
        auto all = resource;
        for (auto const& c : s.conditions)
            all = std::min(all, ask_condition(c, keys));
        return all;
    }

  private:
    bool is_open(std::string_view key) const {
        return asked_.facts.find(key) == nullptr && may_have_value_(key);
    }

    /// Whether some variable of the pattern is open; adds those that are.
    bool add_open(pattern const& p, std::vector<std::string>& keys) const {
        bool some = false;
        for (auto const& each : p.pieces)
            if (each.what == piece::type::variable && is_open(of_.slots[each.at].name)) {
                keys.push_back(of_.slots[each.at].written);
                some = true;
            }
        return some;
    }

    answer ask_resources(statement const& s, std::vector<std::string>& keys) {
        auto const is_named = [&](pattern const& p) {
            return matches(p, asked_.resource, values_);
        };
        bool const named = std::any_of(s.resources.begin(), s.resources.end(), is_named);
        bool open = false;
        for (auto const& p : s.resources)
            if (!named && could_match(p, asked_.resource))
                open = add_open(p, keys) || open;
        if (open)
            return answer::open;
        return resource_holds(s, asked_, values_, of_.follows_iot()) ? answer::yes : answer::no;
    }

    answer ask_condition(condition const& c, std::vector<std::string>& keys) {
        bool open = is_open(c.key);
        if (open)
            keys.push_back(c.key_written);
        for (auto const& value : c.values)
            open = add_open(value.text, keys) || open;
        if (open)
            return answer::open;
        return condition_holds(c, asked_, values_, of_.follows_iot()) ? answer::yes : answer::no;
    }

    document::compiled const& of_;
    request const& asked_;
    lowered_action const& lowered_;
    std::function<bool(std::string_view)> const& may_have_value_;
    document_variables values_;
};

void add_once(std::vector<std::string> const& keys, std::vector<std::string>& into) {
    for (auto const& key : keys)
        if (std::find(into.begin(), into.end(), key) == into.end())
            into.push_back(key);
}

} // namespace

std::vector<std::string>
find_open_keys(std::span<named_document const> documents, request const& asked,
               std::function<bool(std::string_view key)> const& may_have_value) {
    lowered_action const lowered(asked.action);
    std::vector<std::string> of_denies;
    std::vector<std::string> of_allows;
    auto allowed = answer::no;
    for (auto const& d : documents) {
        auto const& inside = d.compiled->inside();
        judge of(inside, asked, lowered, may_have_value);
        for (auto const& s : inside.statements) {
            std::vector<std::string> keys;
            auto const said = of.ask(s, keys);
            if (said == answer::yes && !s.allows)
                return {};
            if (s.allows)
                allowed = std::max(allowed, said);
            if (said == answer::open)
                add_once(keys, s.allows ? of_allows : of_denies);
        }
    }
    if (allowed == answer::no)
        return {};
    if (allowed == answer::open)
        add_once(of_allows, of_denies);
    return of_denies;
}

} // namespace cogniot::policy
