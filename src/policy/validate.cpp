// The checks that AWS makes before it stores a policy, in AWS's order.
// @source moto's AWS-validated tests of IAM policies; IAM user guide, "Grammar of the IAM JSON
// policy language"; AWS IoT developer guide, "AWS IoT Core policies"
#include "base/text.hpp"
#include "policy/compiled.hpp"

#include <algorithm>
#include <functional>
#include <set>

namespace cogniot::policy {
namespace {

using json::located;
using fault = std::optional<complaint>;

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

bool is_iam(kind k) {
    return k != kind::iot;
}

class checker {
  public:
    checker(located const& root, std::string_view text, kind what)
        : root_(root), text_(text), kind_(what) {}

    fault check() {
        if (auto f = check_syntax())
            return f;
        if (kind_ == kind::managed)
            if (auto f = check_version())
                return f;
        fault resource;
        if (auto f = check_legacy(resource))
            return f;
        if (is_iam(kind_))
            if (auto f = check_sids())
                return f;
        if (auto f = check_presence({"Action", "NotAction"}, errc::action_missing))
            return f;
        if (kind_ == kind::trust)
            return check_trust();
        if (auto f = check_resource_presence())
            return f;
        if (resource)
            return resource;
        if (auto f = check_actions())
            return f;
        if (kind_ == kind::any)
            return {};
        for (auto const* s : statements_)
            for (auto name : {"Principal", "NotPrincipal"})
                if (auto const* found = s->find(name))
                    return at(*found, errc::principal_present,
                              "a policy that is attached to someone does not say `" +
                                  std::string(name) + "`: remove it");
        return {};
    }

  private:
    complaint at_byte(std::size_t offset, errc what, std::string advice,
                      std::string quoted = {}) const {
        return {what, false, std::move(quoted), json::find_place(text_, offset), std::move(advice)};
    }
    complaint at(located const& node, errc what, std::string advice,
                 std::string quoted = {}) const {
        return at_byte(node.begin, what, std::move(advice), std::move(quoted));
    }
    complaint mistyped(located const& node, std::string_view name, std::string_view wanted) const {
        return at(node, errc::syntax,
                  "`" + std::string(name) + "` is " + std::string(wanted) + ", not " +
                      std::string(json::describe(node.what)));
    }

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
            return at_byte(m.begin, errc::syntax, advice);
        }
        return {};
    }

    fault check_syntax() {
        if (!root_.is_object())
            return at(root_, errc::syntax,
                      "a policy is an object, not " + std::string(json::describe(root_.what)));
        if (auto f = check_names(root_, policy_elements, "a policy"))
            return f;
        if (auto const* version = root_.find("Version"))
            if (!version->is_string() ||
                (version->text != "2012-10-17" && version->text != "2008-10-17"))
                return at(*version, errc::syntax,
                          "`Version` is the version of the policy language: `2012-10-17`");
        if (auto const* id = root_.find("Id"); id != nullptr && !id->is_string())
            return mistyped(*id, "Id", "text");
        auto const* list = root_.find("Statement");
        if (list == nullptr)
            return at(root_, errc::syntax, "a policy needs `Statement`");
        if (list->is_object())
            statements_.push_back(list);
        else if (list->is_array())
            for (auto const& s : list->items)
                statements_.push_back(&s);
        else
            return mistyped(*list, "Statement", "an object or a list of objects");
        if (statements_.empty())
            return at(*list, errc::syntax, "`Statement` is empty: a policy needs at least one");
        for (auto const* s : statements_)
            if (auto f = check_statement_syntax(*s))
                return f;
        return {};
    }

    fault check_statement_syntax(located const& s) {
        if (!s.is_object())
            return at(s, errc::syntax,
                      "a statement is an object, not " + std::string(json::describe(s.what)));
        if (auto f = check_names(s, statement_elements, "a statement"))
            return f;
        for (auto const& [name, opposite] : {std::pair{"Action", "NotAction"},
                                             {"Resource", "NotResource"},
                                             {"Principal", "NotPrincipal"}})
            if (auto const* second = s.find(opposite); second != nullptr && s.find(name) != nullptr)
                return at(*second, errc::syntax,
                          "a statement has `" + std::string(name) + "` or `" +
                              std::string(opposite) + "`, not both");
        auto const* effect = s.find("Effect");
        if (effect == nullptr)
            return at(s, errc::syntax, "this statement has no `Effect`: `Allow` or `Deny`");
        if (!effect->is_string() || (!equals_ignoring_case(effect->text, "Allow") &&
                                     !equals_ignoring_case(effect->text, "Deny")))
            return at(*effect, errc::syntax, "`Effect` is `Allow` or `Deny`");
        for (auto name : {"Action", "NotAction", "Resource", "NotResource"})
            if (auto const* found = s.find(name))
                if (auto f = check_texts(*found, name))
                    return f;
        if (auto const* sid = s.find("Sid"); sid != nullptr && !sid->is_string())
            return mistyped(*sid, "Sid", "text");
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
            return mistyped(node, name, "text or a list of texts");
        for (auto const& item : node.items)
            if (!item.is_string())
                return at(item, errc::syntax,
                          "`" + std::string(name) + "` lists texts, not " +
                              std::string(json::describe(item.what)));
        return {};
    }

    fault check_principal_syntax(located const& node, std::string_view name) const {
        if (node.is_string() && node.text == "*")
            return {};
        if (!node.is_object())
            return mistyped(node, name, "`\"*\"` or an object like {\"Federated\": \"…\"}");
        if (auto f = check_names(node, principal_types, name))
            return f;
        for (auto const& m : node.members)
            if (auto f = check_texts(m.value, m.name))
                return f;
        return {};
    }

    fault check_condition_syntax(located const& node) const {
        if (!node.is_object())
            return mistyped(node, "Condition", "an object: { operator: { key: value } }");
        for (auto const& m : node.members) {
            if (!m.value.is_object())
                return mistyped(m.value, m.name, "an object: { key: value }");
            if (!find_operation(m.name) && !m.value.members.empty())
                return at_byte(m.begin, errc::syntax,
                               "`" + printable(m.name, 60) + "` is no condition operator" +
                                   likely_operator(m.name));
            for (auto const& key : m.value.members) {
                if (key.value.is_object() || key.value.what == located::type::null)
                    return mistyped(key.value, printable(key.name, 60),
                                    "text, a number, true, false or a list of these");
                for (auto const& item : key.value.items)
                    if (item.is_object() || item.is_array() || item.what == located::type::null)
                        return at(item, errc::syntax,
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

    fault check_version() const {
        auto const* version = root_.find("Version");
        if (version != nullptr && version->text == "2012-10-17")
            return {};
        return at(version != nullptr ? *version : root_, errc::version_required,
                  "a managed policy says `\"Version\": \"2012-10-17\"`");
    }

    /// What AWS's older parser refuses. A badly formed resource is kept for later: AWS reports it
    /// after missing elements, but stops looking for other faults in resources once it has one.
    fault check_legacy(fault& resource) const {
        for (auto const* s : statements_) {
            auto const& effect = *s->find("Effect");
            if (effect.text != "Allow" && effect.text != "Deny")
                return at(effect, errc::legacy_parsing,
                          "`Effect` is `Allow` or `Deny`, with a capital letter");
            if (is_iam(kind_) && kind_ != kind::any)
                if (auto f = check_dates(*s))
                    return f;
        }
        if (kind_ == kind::trust)
            return {};
        for (auto const* s : statements_)
            for (auto name : {"Resource", "NotResource"})
                if (auto const* found = s->find(name)) {
                    auto const texts = list(*found);
                    // AWS looks at them from the last in alphabetical order.
                    auto sorted = texts;
                    std::sort(sorted.begin(), sorted.end(),
                              [](auto const* a, auto const* b) { return a->text > b->text; });
                    for (auto const* text : sorted)
                        if (auto f = check_resource(*text))
                            resource = f;
                    if (!resource)
                        for (auto const* text : texts)
                            if (auto f = check_legacy_resource(*text))
                                return f;
                }
        return {};
    }

    fault check_dates(located const& s) const {
        auto const* conditions = s.find("Condition");
        if (conditions == nullptr)
            return {};
        for (auto const& m : conditions->members) {
            auto const op = find_operation(m.name);
            if (!op || op->compares != operation::family::date)
                continue;
            for (auto const& key : m.value.members)
                for (auto const* value : list(key.value))
                    if (!parse_instant(value->text))
                        return at(*value, errc::legacy_parsing,
                                  "`" + printable(value->text, 60) +
                                      "` is no date: write `2026-01-02T03:04:05Z` or seconds "
                                      "since 1970");
        }
        return {};
    }

    static std::vector<located const*> list(located const& node) {
        std::vector<located const*> all;
        if (!node.is_array())
            all.push_back(&node);
        for (auto const& item : node.items)
            all.push_back(&item);
        return all;
    }

    /// `arn:PARTITION:SERVICE:REGION:ACCOUNT:REST` or `*`.
    fault check_resource(located const& node) const {
        std::string_view const text = node.text;
        if (text == "*")
            return {};
        auto const parts = split(text, ':');
        if (parts.size() == 1)
            return at(node, errc::resource_not_arn,
                      "`" + printable(text) +
                          "` is no resource: write an ARN like "
                          "`arn:aws:iot:REGION:ACCOUNT:topic/NAME`, or `*`",
                      node.text);
        auto const partition = parts[1];
        bool const known = partition == "aws" || partition.starts_with("aws-") ||
                           partition.find_first_of("*?") != std::string_view::npos;
        if (!known) {
            std::string full = "arn:" + std::string(partition);
            for (std::size_t i = 2; i < 5; ++i)
                full += ":" + (i < parts.size() && (!parts[i].empty() || i + 1 < parts.size())
                                   ? std::string(parts[i])
                                   : "*");
            std::string rest;
            for (std::size_t i = 5; i < parts.size(); ++i)
                rest += (i > 5 ? ":" : "") + std::string(parts[i]);
            full += ":" + (parts.size() > 5 ? rest : "*");
            return at(node, errc::partition_not_valid,
                      "`" + printable(partition, 60) +
                          "` is no partition: an ARN begins with `arn:aws:`",
                      std::string(partition) + "\n" + full);
        }
        if (parts[0] != "arn")
            return at(node, errc::resource_not_arn,
                      "`" + printable(text) + "` does not begin with `arn:`", node.text);
        if (parts.size() < 3 || parts[2].find_first_of("*?") != std::string_view::npos)
            return at(node, errc::vendor_not_qualified,
                      "the third part of an ARN names a service, without wildcards: "
                      "`arn:aws:iot:…`",
                      node.text);
        return {};
    }

    fault check_legacy_resource(located const& node) const {
        std::string_view const text = node.text;
        if (text == "*")
            return {};
        auto const colons = std::count(text.begin(), text.end(), ':');
        bool const skips_parts = colons < 5 && text.find("::") != std::string_view::npos;
        if (!skips_parts && !split(text, ':')[2].empty())
            return {};
        auto const what = is_iam(kind_) ? errc::legacy_parsing : errc::resource_not_arn;
        return at(node, what,
                  "`" + printable(text) +
                      "` has too few parts: "
                      "`arn:aws:SERVICE:REGION:ACCOUNT:NAME`, some of which may be empty",
                  node.text);
    }

    fault check_sids() const {
        std::set<std::string_view> seen;
        for (auto const* s : statements_) {
            auto const* sid = s->find("Sid");
            if (sid != nullptr && !sid->text.empty() && !seen.insert(sid->text).second)
                return at(*sid, errc::sid_not_unique,
                          "`" + printable(sid->text, 60) + "` names an earlier statement already");
        }
        for (auto const* s : statements_)
            if (auto const* sid = s->find("Sid"))
                if (!std::all_of(sid->text.begin(), sid->text.end(), [](char c) {
                        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                               (c >= 'a' && c <= 'z');
                    }))
                    return at(*sid, errc::sid_not_alphanumeric,
                              "`" + printable(sid->text, 60) +
                                  "` has other characters than letters and digits");
        return {};
    }

    fault check_presence(std::pair<char const*, char const*> names, errc what) const {
        for (auto const* s : statements_) {
            auto const* found = s->find(names.first);
            if (found == nullptr)
                found = s->find(names.second);
            if (found == nullptr || (found->is_array() && found->items.empty()))
                return at(found == nullptr ? *s : *found, what,
                          found == nullptr
                              ? "this statement has no `" + std::string(names.first) + "`"
                              : "this list is empty");
        }
        return {};
    }

    fault check_resource_presence() const {
        if (kind_ != kind::any)
            return check_presence({"Resource", "NotResource"}, errc::resource_missing);
        // Tools also read trust policies, which have principals instead of resources.
        for (auto const* s : statements_) {
            bool const has_principal = s->find("Principal") || s->find("NotPrincipal");
            auto const* found = s->find("Resource");
            if (found == nullptr)
                found = s->find("NotResource");
            if ((found == nullptr && !has_principal) ||
                (found != nullptr && found->is_array() && found->items.empty()))
                return at(found == nullptr ? *s : *found, errc::resource_missing,
                          found == nullptr ? "this statement has no `Resource`"
                                           : "this list is empty");
        }
        return {};
    }

    fault check_actions() const {
        for (auto name : {"Action", "NotAction"})
            for (auto const* s : statements_)
                if (auto const* found = s->find(name))
                    for (auto const* action : list(*found))
                        if (auto f = check_action(*action))
                            return f;
        return {};
    }

    fault check_action(located const& node) const {
        std::string_view const text = node.text;
        auto const colons = std::count(text.begin(), text.end(), ':');
        if (colons == 0 && text != "*")
            return at(node, errc::action_without_vendor,
                      "`" + printable(text, 60) +
                          "` names no service: write `iot:Publish`, for example",
                      node.text);
        if (colons > 1)
            return at(node, errc::action_two_colons,
                      "`" + printable(text, 60) + "`: an action has one colon, `service:Name`",
                      node.text);
        auto const vendor = text.substr(0, text.find(':'));
        bool const good = vendor == "*" || std::all_of(vendor.begin(), vendor.end(), [](char c) {
                              return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                                     (c >= 'a' && c <= 'z') || c == '-' || c == '.';
                          });
        if (!good)
            return at(node, errc::vendor_not_valid,
                      "`" + printable(vendor, 60) +
                          "` is no service prefix: letters, digits, `-` and `.`, no wildcards",
                      std::string(vendor));
        return {};
    }

    fault check_trust() const {
        for (auto const* s : statements_)
            for (auto name : {"Resource", "NotResource"})
                if (auto const* found = s->find(name))
                    return at(*found, errc::resource_present,
                              "a trust policy is about its own role: remove `" + std::string(name) +
                                  "`",
                              name);
        for (auto const* s : statements_) {
            auto const* actions = s->find("Action");
            if (actions == nullptr)
                actions = s->find("NotAction");
            for (auto const* action : list(*actions))
                if (!is_trust_action(action->text))
                    return at(*action, errc::trust_action,
                              "`" + printable(action->text, 60) +
                                  "` is not about assuming a role: Cognito needs "
                                  "`sts:AssumeRoleWithWebIdentity`");
        }
        for (auto const* s : statements_) {
            auto const* who = s->find("Principal");
            if (who == nullptr)
                who = s->find("NotPrincipal");
            if (who == nullptr || (who->is_object() && who->members.empty()))
                return at(*s, errc::principal_missing,
                          "this statement has no `Principal`: for an identity pool write "
                          "{\"Federated\": \"cognito-identity.amazonaws.com\"}");
            for (auto const& m : who->members)
                for (auto const* name : list(m.value))
                    if (!is_principal(m.name, name->text))
                        return at(*name, errc::principal_not_valid,
                                  "`" + printable(name->text, 80) + "` is no principal of type `" +
                                      m.name + "`",
                                  "\"" + m.name + "\":\"" + name->text + "\"");
        }
        return {};
    }

    static bool is_trust_action(std::string_view action) {
        if (action.find_first_of("*?") != std::string_view::npos)
            return to_lower(action).starts_with("sts:");
        for (auto known :
             {"sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity",
              "sts:TagSession", "sts:SetSourceIdentity"})
            if (equals_ignoring_case(known, action))
                return true;
        return false;
    }

    static bool is_principal(std::string_view type, std::string_view name) {
        if (type != "AWS")
            return !name.empty();
        return name == "*" || name.starts_with("arn:") || name.starts_with("AIDA") ||
               name.starts_with("AROA") ||
               (name.size() == 12 && name.find_first_not_of("0123456789") == name.npos);
    }

    located const& root_;
    std::string_view text_;
    kind kind_;
    std::vector<located const*> statements_;
};

} // namespace

std::optional<complaint> validate(located const& root, std::string_view text, kind what) {
    return checker(root, text, what).check();
}

std::size_t counted_size(std::string_view text, kind what) {
    std::size_t size = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const c = text[i];
        if (c == '\\' && quoted && i + 1 < text.size()) {
            size += 2;
            ++i;
            continue;
        }
        if (c == '"')
            quoted = !quoted;
        bool const blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        bool const continues = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
        if (!continues && (!blank || (quoted && what != kind::iot)))
            ++size;
    }
    return size;
}

std::optional<std::size_t> size_limit(kind what) {
    switch (what) {
    case kind::role_inline:
        return 10'240;
    case kind::managed:
        return 6'144;
    case kind::trust:
    case kind::session:
    case kind::iot:
        return 2'048;
    case kind::any:
        return {};
    }
    return {};
}

} // namespace cogniot::policy
