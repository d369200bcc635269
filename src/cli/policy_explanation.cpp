#include "cli/policy_explanation.hpp"

#include "base/text.hpp"
#include "json/indented.hpp"
#include "policy/words.hpp"

#include <boost/json.hpp>

#include <array>
#include <ostream>
#include <utility>

namespace cogniot::cli {
namespace {

using cloud::lock;
using cloud::lock_answer;

/// `iot.json:8:5`: documents are named `role policy FILE` and `IoT policy FILE`.
std::string place_of(policy::statement_trace const& t, lock_answer const& of) {
    auto const name = of.documents[t.document].name;
    auto const space = name.find(' ', name.find(' ') + 1);
    return std::string(name.substr(space + 1)) + ":" + std::to_string(t.line) + ":" +
           std::to_string(t.column);
}

std::string_view title_of(lock which) {
    return which == lock::iot_policy ? "IoT policies" : "role policies";
}

std::string because(std::string const& words) {
    return words.empty() ? words : " " + words;
}

/// Beneath a heading, six columns in.
void print_below(std::ostream& out, boost::json::value const& what) {
    out << "      " << json::print_indented(what, 6) << "\n";
}

void print_without_documents(std::ostream& out, lock_answer const& of,
                             cloud::offline const& asked_of) {
    auto const& who = asked_of.setup();
    boost::json::object const made{
        {"Version", "2012-10-17"},
        {"Statement", boost::json::array{of.remedy.smallest->statement}}};
    if (of.which != lock::iot_policy) {
        out << "  none was given: the role allows nothing. A policy of it would be:\n";
        return print_below(out, made);
    }
    out << "  none was given. An identity that has signed in needs an IoT policy attached to its\n"
           "  identity ID beside its role's policy; without one AWS IoT Core refuses everything.\n"
           "  For this alone, policy.json would be:\n";
    print_below(out, made);
    out << "  Make and attach it:\n"
           "      aws iot create-policy --policy-name NAME --policy-document file://policy.json"
        << " --region " << who.region
        << "\n      aws iot attach-policy --policy-name NAME --target " << who.identity_id
        << " --region " << who.region << "\n";
}

/// What gives a key its value; empty if only AWS can.
std::string_view flag_of(std::string_view key) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 3> flags{
        {{"aws:SourceIp", "--source-ip"},
         {"aws:PrincipalArn", "--role"},
         {"cognito-identity.amazonaws.com:aud", "--identity-pool"}}};
    for (auto const& [name, flag] : flags)
        if (equals_ignoring_case(name, key))
            return flag;
    return {};
}

void print_change(std::ostream& out, policy::remedy const& remedy, lock_answer const& of) {
    auto const& c = *remedy.smallest;
    out << (remedy.denies.empty() ? "\n  Smallest change: "
                                  : "\n  Nothing allows it either; once no Deny stops it: ")
        << c.words << "\n";
    if (!remedy.left_out.empty())
        out << "  Mind: " << remedy.left_out << "\n";
    if (!c.also.empty()) {
        out << "  It would also allow:\n";
        for (auto const& also : c.also)
            out << "    - " << also << "\n";
    }
    if (c.document) {
        auto const name = of.documents[*c.document].name;
        out << "  As a JSON Patch of " << name << ":\n";
        print_below(out, c.patch);
    }
    out << "  The statement " << (c.document ? "after it" : "of the new policy") << ":\n";
    print_below(out, c.statement);
    if (remedy.exact) {
        out << "  To allow nothing beside it, add this statement instead:\n";
        print_below(out, *remedy.exact);
    }
}

void print_lock(std::ostream& out, lock_answer const& of, policy::request const& asked,
                cloud::offline const& asked_of) {
    bool const allows = of.why.decision == policy::effect::allow;
    out << "\n"
        << (of.which == lock::iot_policy ? "IoT policies" : "Role policies") << ": "
        << (allows ? "allowed" : "REFUSED") << "\n";
    if (of.documents.empty())
        return print_without_documents(out, of, asked_of);
    for (auto const& deny : of.remedy.denies)
        out << "  " << deny << "\n";
    if (of.why.telling) {
        auto const& t = of.why.statements[*of.why.telling];
        out << "  " << place_of(t, of) << ": ";
        if (of.why.decision == policy::effect::implicit_deny)
            out << "the nearest statement: " << policy::words_of_miss(t, of.documents, asked)
                << "\n";
        else
            out << (allows ? "this statement allows it" : "this statement denies it")
                << (allows ? "" : because(policy::words_of_held(t, of.documents, asked))) << "\n";
    } else {
        out << "  no statement says Allow\n";
    }
    // A change for what may be allowed as it is would be no smallest one.
    if (auto const doubt = words_of_doubt(of); !doubt.empty())
        out << "\n  Not certain: " << doubt << "\n";
    else if (of.remedy.smallest)
        print_change(out, of.remedy, of);
}

} // namespace

std::string words_of_doubt(cloud::lock_answer const& of) {
    std::string out;
    for (auto const& key : of.hangs_on) {
        auto const flag = flag_of(key);
        out += (out.empty() ? "it hangs on " : ", and on ") + policy::quoted(key) + ", which " +
               (flag.empty() ? std::string("only AWS knows")
                             : "was not given (" + std::string(flag) + ")");
    }
    return out.empty() ? out : out + "; this answer takes the request to have no such key";
}

std::vector<answered> answer_all(cloud::offline const& asked_of,
                                 std::vector<cloud::question> const& questions) {
    std::vector<answered> out;
    for (auto const& q : questions)
        out.push_back({q, asked_of.decide(q), asked_of.explain(q)});
    return out;
}

void print_answer(std::ostream& out, answered const& a, cloud::offline const& asked_of) {
    out << a.asked.action << " on " << a.asked.resource << ": "
        << (a.decided.allowed ? "allowed" : "REFUSED");
    if (!a.decided.allowed) {
        std::string by;
        for (auto const& of : a.locks)
            if (of.why.decision != policy::effect::allow)
                by += (by.empty() ? " by the " : " and by the ") + std::string(title_of(of.which));
        out << by;
    }
    out << "\n";
    for (auto const& of : a.locks)
        print_lock(out, of, {a.asked.action, a.asked.resource, a.asked.facts}, asked_of);
}

boost::json::object print_json(answered const& a) {
    boost::json::array locks;
    for (auto const& of : a.locks) {
        boost::json::array names;
        for (auto const& d : of.documents)
            names.emplace_back(d.name);
        boost::json::object one{
            {"lock", cloud::print(of.which)},
            {"decision", policy::print(of.why.decision)},
            {"documents", std::move(names)},
            {"words", policy::print_words(of.why, of.documents,
                                          {a.asked.action, a.asked.resource, a.asked.facts})}};
        if (of.why.telling)
            one["place"] = place_of(of.why.statements[*of.why.telling], of);
        one["because"] = policy::print_json(of.why, of.documents,
                                            {a.asked.action, a.asked.resource, a.asked.facts});
        if (!of.hangs_on.empty())
            one["hangs_on"] = boost::json::array(of.hangs_on.begin(), of.hangs_on.end());
        else if (of.why.decision != policy::effect::allow)
            one["remedy"] = policy::print_json(of.remedy, of.documents);
        locks.push_back(std::move(one));
    }
    boost::json::object out{{"action", a.asked.action},
                            {"resource", a.asked.resource},
                            {"decision", policy::print(a.decided.effect)}};
    if (!a.decided.allowed)
        out["refused_by"] = cloud::print(a.decided.refused_by);
    out["locks"] = std::move(locks);
    return out;
}

} // namespace cogniot::cli
