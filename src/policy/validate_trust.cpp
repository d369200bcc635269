// What only trust policies must and must not say.
// @source IAM user guide, "Principal"; localstack's AWS-validated snapshots
#include "base/text.hpp"
#include "policy/checked_document.hpp"

namespace cogniot::policy {
namespace {

bool is_trust_action(std::string_view action) {
    if (action.find_first_of("*?") != std::string_view::npos)
        return to_lower(action).starts_with("sts:");
    for (auto known : {"sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity",
                       "sts:TagSession", "sts:SetSourceIdentity"})
        if (equals_ignoring_case(known, action))
            return true;
    return false;
}

bool is_principal(std::string_view type, std::string_view name) {
    if (type != "AWS")
        return !name.empty();
    return name == "*" || name.starts_with("arn:") || name.starts_with("AIDA") ||
           name.starts_with("AROA") ||
           (name.size() == 12 && name.find_first_not_of("0123456789") == name.npos);
}

} // namespace

fault check_trust(checked_document const& in) {
    for (auto const* s : in.statements)
        for (auto name : {"Resource", "NotResource"})
            if (auto const* found = s->find(name))
                return in.at(*found, errc::resource_present,
                             "a trust policy is about its own role: remove `" + std::string(name) +
                                 "`",
                             name);
    for (auto const* s : in.statements) {
        auto const* actions = s->find("Action");
        if (actions == nullptr)
            actions = s->find("NotAction");
        for (auto const* action : in.list(*actions))
            if (!is_trust_action(action->text))
                return in.at(*action, errc::trust_action,
                             "`" + printable(action->text, 60) +
                                 "` is not about assuming a role: Cognito needs "
                                 "`sts:AssumeRoleWithWebIdentity`");
    }
    for (auto const* s : in.statements) {
        auto const* who = s->find("Principal");
        if (who == nullptr)
            who = s->find("NotPrincipal");
        if (who == nullptr || (who->is_object() && who->members.empty()))
            return in.at(*s, errc::principal_missing,
                         "this statement has no `Principal`: for an identity pool write "
                         "{\"Federated\": \"cognito-identity.amazonaws.com\"}");
        for (auto const& m : who->members)
            for (auto const* name : in.list(m.value))
                if (!is_principal(m.name, name->text))
                    return in.at(*name, errc::principal_not_valid,
                                 "`" + printable(name->text, 80) + "` is no principal of type `" +
                                     m.name + "`",
                                 "\"" + m.name + "\":\"" + name->text + "\"");
    }
    return {};
}

} // namespace cogniot::policy
