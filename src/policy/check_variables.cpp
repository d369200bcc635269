// Variables that have no value for this kind of document and principal.
// @source spec iot-broker 4.4, cognito-iam-sigv4 4.7 and 5.3
#include "base/text.hpp"
#include "policy/check_inside.hpp"
#include "policy/condition.hpp"
#include "policy/dead_resource.hpp"
#include "policy/words.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace cogniot::policy {
namespace {

/// What a name is to a kind of principal.
enum class standing { has_value, never, of_thing, unknown };

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> all) {
    return std::find(all.begin(), all.end(), name) != all.end();
}

/// Keys of IAM's requests with one value, in lower case. Some have a value in some requests alone.
/// @source IAM user guide, "AWS global condition context keys", "Available keys for AWS web
/// identity federation"; any key of one value may be a variable ("Policy variables")
constexpr std::array<std::string_view, 43> iam_variables{
    "accounts.google.com:aud",
    "accounts.google.com:oaud",
    "accounts.google.com:sub",
    "aws:assumedroot",
    "aws:calledviafirst",
    "aws:calledvialast",
    "aws:chatbotsourcearn",
    "aws:currenttime",
    "aws:ec2instancesourceprivateipv4",
    "aws:ec2instancesourcevpc",
    "aws:epochtime",
    "aws:federatedprovider",
    "aws:multifactorauthage",
    "aws:multifactorauthpresent",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalisawsservice",
    "aws:principalorgid",
    "aws:principalservicename",
    "aws:principaltype",
    "aws:referer",
    "aws:requestedregion",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "aws:securetransport",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceidentity",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:tokenissuetime",
    "aws:useragent",
    "aws:userid",
    "aws:viaawsservice",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpcsourceip",
    "graph.facebook.com:app_id",
    "graph.facebook.com:id",
    "www.amazon.com:user_id",
};

/// Several values each: none can be put into a text.
constexpr std::array<std::string_view, 8> iam_lists{"aws:calledvia",
                                                    "aws:principalorgpaths",
                                                    "aws:principalservicenameslist",
                                                    "aws:resourceorgpaths",
                                                    "aws:sourceorgpaths",
                                                    "aws:tagkeys",
                                                    "aws:vpceorgpaths",
                                                    "cognito-identity.amazonaws.com:amr"};

/// AWS IoT's keys that IAM's documents may ask for, in conditions.
/// @source Service Authorization Reference, "Condition keys for AWS IoT"
constexpr std::array<std::string_view, 6> iot_keys_of_iam{
    "iot:clientmode", "iot:delete",        "iot:domainname",
    "iot:topic",      "iot:thinggrouparn", "iot:tunneldestinationservice"};

bool is_among(std::span<std::string_view const> all, std::string_view name) {
    return std::find(all.begin(), all.end(), name) != all.end();
}

bool is_iam_global(std::string_view name) {
    return is_among(iam_variables, name) || name.starts_with("aws:principaltag/") ||
           name.starts_with("aws:requesttag/") || name.starts_with("aws:resourcetag/");
}

/// `name` without `prefix`; nothing if it begins otherwise.
std::optional<std::string_view> after(std::string_view name, std::string_view prefix) {
    return name.starts_with(prefix) ? std::optional(name.substr(prefix.size())) : std::nullopt;
}

/// Of `iot:connection.thing.`.
bool is_of_things(std::string_view rest) {
    return is_one_of(rest, {"thingname", "thingtypename", "isattached"}) ||
           (rest.starts_with("attributes[") && rest.ends_with("]"));
}

/// Of `iot:certificate.`; `.1`, `.List` behind it choose among several values.
/// @source AWS IoT developer guide, "X.509 certificate AWS IoT Core policy variables"
bool is_of_certificates(std::string_view rest) {
    constexpr std::array<std::string_view, 13> fields{"distinguishednamequalifier",
                                                      "country",
                                                      "organization",
                                                      "organizationalunit",
                                                      "state",
                                                      "commonname",
                                                      "serialnumber",
                                                      "title",
                                                      "surname",
                                                      "givenname",
                                                      "initials",
                                                      "pseudonym",
                                                      "generationqualifier"};
    constexpr std::array<std::string_view, 5> alternatives{
        "rfc822name", "dnsname", "directoryname", "uniformresourceidentifier", "ipaddress"};
    if (is_one_of(rest, {"serialnumber", "certificateid", "availablekeys"}))
        return true;
    auto of = after(rest, "subject.");
    if (!of)
        of = after(rest, "issuer.");
    if (!of)
        return false;
    auto const alternative = after(*of, "alternativename.");
    auto field = alternative.value_or(*of);
    if (auto const dot = field.find('.'); dot != std::string_view::npos) {
        auto const which = field.substr(dot + 1);
        bool const is_number =
            !which.empty() && which.find_first_not_of("0123456789") == std::string_view::npos;
        if (which != "list" && !is_number)
            return false;
        field = field.substr(0, dot);
    }
    return alternative ? is_among(alternatives, field) : is_among(fields, field);
}

standing in_role(std::string_view name) {
    if (name.starts_with("iot:"))
        return standing::never;
    if (is_one_of(name,
                  {"cognito-identity.amazonaws.com:sub", "cognito-identity.amazonaws.com:aud"}))
        return standing::has_value;
    // The first is absent from sessions of a role.
    if (name == "aws:username" || is_among(iam_lists, name))
        return standing::never;
    if (is_iam_global(name) || name.starts_with("credentials-iot:"))
        return standing::has_value;
    return standing::unknown;
}

standing in_iot(std::string_view name, principal_kind who) {
    bool const certificate = who == principal_kind::certificate;
    if (is_one_of(name, {"iot:clientid", "iot:domainname", "aws:sourceip"}))
        return standing::has_value;
    if (auto const rest = after(name, "iot:connection.thing."))
        return !is_of_things(*rest) ? standing::unknown
               : certificate        ? standing::has_value
                                    : standing::of_thing;
    if (auto const rest = after(name, "iot:certificate."))
        return !is_of_certificates(*rest) ? standing::unknown
               : certificate              ? standing::has_value
                                          : standing::never;
    if (name == "iot:certificateid") // as some of AWS's own examples have it
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

/// A condition that asks for what this kind of principal never has, so that it never holds.
void check_key(written_condition const& c, check_report& report) {
    auto const op = find_operation(c.operator_written);
    bool const wants_value = op && !op->negated && !op->if_exists &&
                             op->over != operation::quantifier::all &&
                             op->compares != operation::family::null;
    auto const lower = to_lower(c.key);
    bool const is_iot = report.how.what == kind::iot;
    bool const never = is_iot ? lower.starts_with("iot:certificate") &&
                                    in_iot(lower, report.how.principal) == standing::never
                              : (lower.starts_with("iot:") && !is_among(iot_keys_of_iam, lower)) ||
                                    lower == "aws:username";
    if (wants_value && never && !c.values.empty())
        report.add("variable-never-set", c.values.front(),
                   "the condition's key " + quoted(c.key) + " never has a value " +
                       std::string(for_whom(report.how)));
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
    for (auto const& c : s.conditions) {
        check_key(c, report);
        for (auto const& value : c.values)
            check_text(value, has_variables, report);
    }
}

} // namespace cogniot::policy
