// The first of AWS's checks: is this a policy at all?
// @source IAM user guide, "Grammar of the IAM JSON policy language"
#include "base/text.hpp"
#include "policy/checked_document.hpp"

#include <algorithm>

namespace cogniot::policy {
namespace {

using json::located;

constexpr std::string_view policy_elements[] = {"Version", "Id", "Statement"};
constexpr std::string_view statement_elements[] = {
    "Sid",       "Effect",   "Principal",   "NotPrincipal", "Action",
    "NotAction", "Resource", "NotResource", "Condition",
};
constexpr std::string_view principal_types[] = {"AWS", "Federated", "Service", "CanonicalUser"};

template <typename List>
bool holds(List const& list, std::string_view name) {
    return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

class syntax_checker {
  public:
    explicit syntax_checker(checked_document& in) : in_(in) {}

    fault check() {
        auto const& root = in_.root;
        if (!root.is_object())
            return in_.at(root, errc::syntax,
                          "a policy is an object, not " + std::string(json::describe(root.what)));
        if (auto f = check_names(root, policy_elements, "a policy"))
            return f;
        if (auto const* version = root.find("Version"))
            if (!version->is_string() ||
                (version->text != "2012-10-17" && version->text != "2008-10-17"))
                return in_.at(*version, errc::syntax,
                              "`Version` is the version of the policy language: `2012-10-17`");
        if (auto const* id = root.find("Id"); id != nullptr && !id->is_string())
            return in_.mistyped(*id, "Id", "text");
        auto const* list = root.find("Statement");
        if (list == nullptr)
            return in_.at(root, errc::syntax, "a policy needs `Statement`");
        if (list->is_object())
            in_.statements.push_back(list);
        else if (list->is_array())
            for (auto const& s : list->items)
                in_.statements.push_back(&s);
        else
            return in_.mistyped(*list, "Statement", "an object or a list of objects");
        if (in_.statements.empty())
            return in_.at(*list, errc::syntax, "`Statement` is empty: a policy needs at least one");
        for (auto const* s : in_.statements)
            if (auto f = check_statement_syntax(*s))
                return f;
        return {};
    }

  private:
    template <typename List>
    fault check_names(located const& object, List const& known, std::string_view of) const {
        for (auto const& m : object.members) {
            if (holds(known, m.name))
                continue;
            std::string advice =
                "`" + printable(m.name, 60) + "` is no element of " + std::string(of);
            for (auto name : known)
                if (equals_ignoring_case(name, m.name))
                    advice += "; write `" + std::string(name) + "`";
            return in_.at_byte(m.begin, errc::syntax, advice);
        }
        return {};
    }

    fault check_statement_syntax(located const& s) {
        if (!s.is_object())
            return in_.at(s, errc::syntax,
                          "a statement is an object, not " + std::string(json::describe(s.what)));
        if (auto f = check_names(s, statement_elements, "a statement"))
            return f;
        for (auto const& [name, opposite] : {std::pair{"Action", "NotAction"},
                                             {"Resource", "NotResource"},
                                             {"Principal", "NotPrincipal"}})
            if (auto const* second = s.find(opposite); second != nullptr && s.find(name) != nullptr)
                return in_.at(*second, errc::syntax,
                              "a statement has `" + std::string(name) + "` or `" +
                                  std::string(opposite) + "`, not both");
        auto const* effect = s.find("Effect");
        if (effect == nullptr)
            return in_.at(s, errc::syntax, "this statement has no `Effect`: `Allow` or `Deny`");
        if (!effect->is_string() || (!equals_ignoring_case(effect->text, "Allow") &&
                                     !equals_ignoring_case(effect->text, "Deny")))
            return in_.at(*effect, errc::syntax, "`Effect` is `Allow` or `Deny`");
        for (auto name : {"Action", "NotAction", "Resource", "NotResource"})
            if (auto const* found = s.find(name))
                if (auto f = check_texts(*found, name))
                    return f;
        if (auto const* sid = s.find("Sid"); sid != nullptr && !sid->is_string())
            return in_.mistyped(*sid, "Sid", "text");
        for (auto name : {"Principal", "NotPrincipal"})
            if (auto const* found = s.find(name))
                if (auto f = check_principal_syntax(*found, name))
                    return f;
        if (auto const* condition = s.find("Condition"))
            return check_condition_syntax(*condition);
        return {};
    }

    fault check_texts(located const& node, std::string_view name) const {
        if (!node.is_string() && !node.is_array())
            return in_.mistyped(node, name, "text or a list of texts");
        for (auto const& item : node.items)
            if (!item.is_string())
                return in_.at(item, errc::syntax,
                              "`" + std::string(name) + "` lists texts, not " +
                                  std::string(json::describe(item.what)));
        return {};
    }

    fault check_principal_syntax(located const& node, std::string_view name) const {
        if (node.is_string() && node.text == "*")
            return {};
        if (!node.is_object())
            return in_.mistyped(node, name, "`\"*\"` or an object like {\"Federated\": \"…\"}");
        if (auto f = check_names(node, principal_types, name))
            return f;
        for (auto const& m : node.members)
            if (auto f = check_texts(m.value, m.name))
                return f;
        return {};
    }

    fault check_condition_syntax(located const& node) const {
        if (!node.is_object())
            return in_.mistyped(node, "Condition", "an object: { operator: { key: value } }");
        for (auto const& m : node.members) {
            if (!m.value.is_object())
                return in_.mistyped(m.value, m.name, "an object: { key: value }");
            if (!find_operation(m.name) && !m.value.members.empty())
                return in_.at_byte(m.begin, errc::syntax,
                                   "`" + printable(m.name, 60) + "` is no condition operator" +
                                       likely_operator(m.name));
            for (auto const& key : m.value.members) {
                if (key.value.is_object() || key.value.what == located::type::null)
                    return in_.mistyped(key.value, printable(key.name, 60),
                                        "text, a number, true, false or a list of these");
                for (auto const& item : key.value.items)
                    if (item.is_object() || item.is_array() || item.what == located::type::null)
                        return in_.at(item, errc::syntax,
                                      "a condition compares texts, numbers, true and false, not " +
                                          std::string(json::describe(item.what)));
            }
        }
        return {};
    }

    static std::string likely_operator(std::string_view name) {
        for (auto known :
             {"StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "NumericEquals",
              "DateLessThan", "Bool", "IpAddress", "NotIpAddress", "ArnLike", "ArnEquals", "Null"})
            if (equals_ignoring_case(known, name))
                return "; write `" + std::string(known) + "`";
        if (name.starts_with("Null") || name.ends_with(":Null"))
            return ": `Null` takes no prefix and no `IfExists`";
        if (name.starts_with("IPAddress"))
            return "; write `IpAddress`";
        return {};
    }

    checked_document& in_;
};

} // namespace

fault check_syntax(checked_document& in) {
    return syntax_checker(in).check();
}

} // namespace cogniot::policy
