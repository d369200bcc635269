// Variables that have no value for this kind of document and principal.
// @source spec iot-broker 4.4, cognito-iam-sigv4 4.7 and 5.3
#include "base/text.hpp"
#include "policy/check_inside.hpp"
#include "policy/dead_resource.hpp"
#include "policy/words.hpp"

#include <algorithm>
#include <array>

namespace cogniot::policy {
namespace {

/// What a name is to a kind of principal.
enum class standing { has_value, never, of_thing, unknown };

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> all) {
    return std::find(all.begin(), all.end(), name) != all.end();
}

bool is_iam_global(std::string_view name) {
    return is_one_of(name, {"aws:userid", "aws:sourceip", "aws:principalarn",
                            "aws:principalaccount", "aws:principaltype", "aws:currenttime",
                            "aws:epochtime", "aws:securetransport", "aws:requestedregion",
                            "aws:federatedprovider", "aws:tokenissuetime"}) ||
           name.starts_with("aws:principaltag/") || name.starts_with("aws:requesttag/") ||
           name.starts_with("aws:resourcetag/");
}

standing in_role(std::string_view name) {
    if (name.starts_with("iot:"))
        return standing::never;
    if (is_one_of(name,
                  {"cognito-identity.amazonaws.com:sub", "cognito-identity.amazonaws.com:aud"}))
        return standing::has_value;
    // The first is absent from sessions of a role; the second holds several values.
    if (is_one_of(name, {"aws:username", "cognito-identity.amazonaws.com:amr"}))
        return standing::never;
    if (is_iam_global(name) || name.starts_with("credentials-iot:"))
        return standing::has_value;
    return standing::unknown;
}

standing in_iot(std::string_view name, principal_kind who) {
    bool const certificate = who == principal_kind::certificate;
    if (is_one_of(name, {"iot:clientid", "iot:domainname", "aws:sourceip"}))
        return standing::has_value;
    if (name.starts_with("iot:connection.thing."))
        return certificate ? standing::has_value : standing::of_thing;
    if (name.starts_with("iot:certificate."))
        return certificate ? standing::has_value : standing::never;
    if (name.starts_with("cognito-identity.amazonaws.com:")) {
        bool const known = name.ends_with(":sub") || name.ends_with(":aud");
        return certificate || name.ends_with(":amr") ? standing::never
               : known                               ? standing::has_value
                                                     : standing::unknown;
    }
    if (name.starts_with("credentials-iot:"))
        return standing::never;
    return standing::unknown;
}

std::string_view for_whom(check_setup const& how) {
    if (how.what != kind::iot)
        return "in a role's policy";
    return how.principal == principal_kind::certificate ? "for certificates"
                                                        : "for Cognito identities";
}

void check_text(written_text const& at, bool has_variables, check_report& report) {
    auto const names = variables_of(at.text());
    if (names.empty())
        return;
    if (!has_variables) {
        report.add("version-2008", at, quoted(at.text()) + " holds `${" + names.front() + "}`");
        return;
    }
    for (auto const& name : names) {
        auto const lower = to_lower(name);
        auto const is =
            report.how.what == kind::iot ? in_iot(lower, report.how.principal) : in_role(lower);
        auto const* trap = is == standing::never      ? "variable-never-set"
                           : is == standing::of_thing ? "variable-of-thing"
                           : is == standing::unknown  ? "variable-unknown"
                                                      : nullptr;
        if (trap == nullptr)
            continue;
        auto what = "`${" + name + "}` ";
        if (lower.starts_with("aws::") || lower.starts_with("!"))
            what += "is CloudFormation's, and means nothing in a policy";
        else if (is == standing::never)
            what += "never has a value " + std::string(for_whom(report.how));
        else if (is == standing::of_thing)
            what += "has a value for things alone";
        else
            what += "is no variable known " + std::string(for_whom(report.how));
        report.add(trap, at, std::move(what));
    }
}

} // namespace

bool variable_too_early(std::string_view resource) {
    int colons = 0;
    for (std::size_t i = 0; i < resource.size() && colons < 5; ++i) {
        if (resource.substr(i, 2) == "${")
            return true;
        colons += resource[i] == ':' ? 1 : 0;
    }
    return false;
}

void check_variables(written_statement const& s, bool has_variables, check_report& report) {
    for (auto const& r : s.resources) {
        if (has_variables && variable_too_early(r.text()))
            report.add("variable-too-early", r, quoted(r.text()));
        else
            check_text(r, has_variables, report);
    }
    for (auto const& c : s.conditions)
        for (auto const& value : c.values)
            check_text(value, has_variables, report);
}

} // namespace cogniot::policy
