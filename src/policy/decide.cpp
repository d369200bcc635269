#include "policy/decide.hpp"

#include "policy/arn.hpp"
#include "policy/evaluate.hpp"

#include <algorithm>

namespace cogniot::policy {
std::optional<std::string_view> document_variables::value(std::uint32_t slot) {
    auto const& wanted = of_.slots[slot];
    if (slot >= cache_.size())
        return look_up(wanted);
    auto& cached = cache_[slot];
    if (!cached.asked)
        cached = {look_up(wanted), true};
    return cached.value;
}

std::optional<std::string_view> document_variables::look_up(variable const& wanted) const {
    auto found = facts_.find_single(wanted.name);
    if (!found && wanted.fallback)
        found = std::string_view(*wanted.fallback);
    return found;
}

bool principal_matches(principal_pattern const& wanted, principal_name const& who) {
    if (wanted.type == "*" || (wanted.type == "AWS" && wanted.value == "*"))
        return true;
    if (wanted.type != who.type)
        return false;
    if (wanted.value == who.value || wanted.value == "*")
        return true;
    if (wanted.type != "AWS")
        return false;
    // An account, by number or as its root ARN, stands for everyone in it.
    if (is_account(wanted.value))
        return account_of(who.value) == wanted.value;
    return wanted.value.ends_with(":root") && is_account(account_of(wanted.value)) &&
           account_of(who.value) == account_of(wanted.value);
}

bool principal_holds(statement const& s, request const& asked) {
    if (s.principals.empty())
        return true;
    if (asked.principals.empty())
        return false;
    auto const is_named = [&](principal_pattern const& wanted) {
        return std::any_of(
            asked.principals.begin(), asked.principals.end(),
            [&](principal_name const& who) { return principal_matches(wanted, who); });
    };
    return std::any_of(s.principals.begin(), s.principals.end(), is_named) != s.principal_negated;
}

lowered_action::lowered_action(std::string_view action) : size_(action.size()) {
    if (action.size() <= buffer_.size())
        std::transform(action.begin(), action.end(), buffer_.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? char(c + ('a' - 'A')) : c; });
}

std::optional<std::string_view> lowered_action::text() const {
    if (size_ > buffer_.size())
        return {};
    return std::string_view(buffer_.data(), size_);
}

bool action_holds(statement const& s, request const& asked, lowered_action const& lowered,
                  variable_values& values) {
    auto const lower = lowered.text();
    auto const is_named = [&](pattern const& p) {
        if (p.matches_everything)
            return true;
        if (!lower)
            return matches(p, asked.action, values, letter_case::folded);
        return could_match(p, *lower) && matches(p, *lower, values);
    };
    return std::any_of(s.actions.begin(), s.actions.end(), is_named) != s.action_negated;
}

bool resource_holds(statement const& s, request const& asked, variable_values& values, bool iot) {
    if (s.resources.empty())
        return true;
    auto const is_named = [&](pattern const& p) {
        return p.matches_everything ||
               (could_match(p, asked.resource) && matches(p, asked.resource, values));
    };
    if (std::any_of(s.resources.begin(), s.resources.end(), is_named))
        return !s.resource_negated;
    if (!s.resource_negated)
        return false;
    // AWS IoT: "the statement cannot match" while a variable is unresolved; IAM: the element
    // matches nothing, so everything is another resource.
    return !iot || std::none_of(s.resources.begin(), s.resources.end(),
                                [&](pattern const& p) { return has_unresolved(p, values); });
}

bool condition_holds(condition const& c, request const& asked, variable_values& values, bool iot) {
    auto const outcome = test(c, asked.facts, values);
    if (iot && outcome.unresolved)
        return outcome.holds && !c.op.negated && outcome.key_present;
    return outcome.holds;
}

bool holds(statement const& s, document::compiled const& of, request const& asked,
           lowered_action const& lowered, variable_values& values) {
    bool const iot = of.follows_iot();
    return action_holds(s, asked, lowered, values) && resource_holds(s, asked, values, iot) &&
           principal_holds(s, asked) &&
           std::all_of(s.conditions.begin(), s.conditions.end(),
                       [&](condition const& c) { return condition_holds(c, asked, values, iot); });
}

effect decide(std::span<named_document const> documents, request const& asked) {
    lowered_action const lowered(asked.action);
    bool allowed = false;
    for (auto const& d : documents) {
        auto const& inside = d.compiled->inside();
        document_variables values(inside, asked.facts);
        auto const applies = [&](std::uint32_t index) {
            return holds(inside.statements[index], inside, asked, lowered, values);
        };
        if (std::any_of(inside.denies.begin(), inside.denies.end(), applies))
            return effect::explicit_deny;
        allowed = allowed || std::any_of(inside.allows.begin(), inside.allows.end(), applies);
    }
    return allowed ? effect::allow : effect::implicit_deny;
}

std::string_view print(effect e) {
    switch (e) {
    case effect::allow:
        return "allow";
    case effect::implicit_deny:
        return "implicit_deny";
    case effect::explicit_deny:
        return "explicit_deny";
    }
    return "implicit_deny";
}

} // namespace cogniot::policy
