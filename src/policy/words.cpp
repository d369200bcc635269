// Explanations for people and as data. Says what was found, never what might have been meant.
#include "policy/words.hpp"

#include "base/text.hpp"
#include "policy/compiled.hpp"
#include "policy/evaluate.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace cogniot::policy {
namespace {

using clause = miss::clause;

statement const& statement_of(statement_trace const& t, std::span<named_document const> documents) {
    return documents[t.document].compiled->inside().statements[t.index];
}

std::string variables_without_value(std::vector<std::string> const& names) {
    std::string out;
    for (auto const& name : names)
        out += (out.empty() ? "" : ", ") + ("`${" + name + "}`");
    return out +
           (names.size() == 1 ? " has no value in this request" : " have no value in this request");
}

/// When a variable has a value at all; empty if there is nothing to say.
/// @source AWS IoT developer guide, "AWS IoT Core policy variables"; spec iot-broker 4.4
std::string_view when_set(std::string_view name, kind what) {
    auto const lower = to_lower(name);
    if (lower.starts_with("iot:") && what != kind::iot && what != kind::any)
        return "; AWS IoT's variables have values in AWS IoT policies alone";
    if (lower.starts_with("iot:connection.thing."))
        return "; it has one only while the client ID is the name of a thing that the client's "
               "principal is attached to";
    if (lower.starts_with("iot:certificate"))
        return "; it has one only for a client that connects with a certificate";
    return {};
}

std::string shown(miss const& m) {
    if (m.pattern == m.resolved || !m.unresolved.empty())
        return quoted(m.pattern);
    return quoted(m.pattern) + ", here " + quoted(m.resolved);
}

/// What a level that is compared letter by letter was meant to be.
std::string words_of_mqtt_wildcard(difference const& d) {
    if (d.policy_says != "+" && d.policy_says != "#")
        return {};
    return "; " + quoted(*d.policy_says) +
           " is MQTT's wildcard, which a policy takes letter by letter: its own is `*`";
}

/// IAM's wildcards stop where the names of its own resources are divided.
std::string_view words_of_colon(difference const& d, document::compiled const& of) {
    bool const stops = !of.follows_iot() && d.request_says && d.policy_says &&
                       d.request_says->find(':') != std::string::npos &&
                       d.policy_says->find_first_of("*?") != std::string::npos;
    return stops ? "; in IAM's documents a wildcard stops at a colon, which an identity ID has, "
                   "unless it is the resource's last character: write "
                   "`${cognito-identity.amazonaws.com:sub}` in its place"
                 : "";
}

std::string resource_words(miss const& m, document::compiled const& of, request const& asked) {
    if (m.negative && m.unresolved.empty())
        return "it names " + std::string(asked.action) + ", but its `NotResource` " + shown(m) +
               " excludes this resource";
    std::string out = "it names " + std::string(asked.action) + ", but for " + shown(m);
    if (!m.unresolved.empty())
        return out + ": " + variables_without_value(m.unresolved) +
               ", so that this resource matches nothing" +
               std::string(when_set(m.unresolved.front(), of.what));
    if (!of.has_variables && m.agreed >= m.pattern.find("${"))
        return out + ": without `\"Version\": \"2012-10-17\"`, which the document lacks, `${…}` is "
                     "plain text";
    if (asked.resource == "*")
        return out + ": this action knows no single resources, only `\"Resource\": \"*\"` "
                     "allows it";
    auto const d = find_difference(m);
    if (!d || d->part == "resource")
        return out;
    // A level has its number for a name.
    bool const is_level = d->part.find(" level ") != std::string::npos;
    out += (is_level ? ": " : ": the ") + d->part + " is " +
           (d->request_says ? quoted(*d->request_says) : "missing") + " in the request";
    if (d->policy_says)
        return out + " and " + quoted(*d->policy_says) + " in the policy" +
               words_of_mqtt_wildcard(*d) + std::string(words_of_colon(*d, of));
    return out + ", where the policy ends";
}

std::string condition_words(miss const& m) {
    std::string out = "it names this action and resource, but its condition " +
                      m.condition_operator + " on " + quoted(m.condition_key) + " does not hold: ";
    if (m.condition_operator == "Null")
        return out + (m.key_present ? "the request has the key" : "the request has no such key");
    out += m.pattern.empty()
               ? "the policy lists no value"
               : std::string(m.negative ? "the policy excludes " : "the policy says ") + shown(m);
    if (!m.unresolved.empty())
        out += ", where " + variables_without_value(m.unresolved);
    return out + (m.key_present ? ", the request has " + quoted(m.actual)
                                : ", the request has no such key");
}

boost::json::object print_miss(miss const& m) {
    boost::json::object o;
    o["clause"] = print(m.failed);
    if (m.failed == clause::condition) {
        o["operator"] = m.condition_operator;
        o["key"] = m.condition_key;
        o["key_present"] = m.key_present;
        o["conditions_held"] = m.conditions_held;
        o["conditions"] = m.conditions;
    }
    o["pattern"] = m.pattern;
    if (m.resolved != m.pattern)
        o["resolved"] = m.resolved;
    o["actual"] = m.actual;
    o["agreed"] = m.agreed;
    if (m.agreed_in_actual != m.agreed)
        o["agreed_in_actual"] = m.agreed_in_actual;
    if (m.negative)
        o["negative"] = true;
    if (!m.unresolved.empty())
        o["unresolved"] = boost::json::array(m.unresolved.begin(), m.unresolved.end());
    if (auto const d = find_difference(m)) {
        auto const text = [](std::optional<std::string> const& t) {
            return t ? boost::json::value(*t) : boost::json::value(nullptr);
        };
        o["differs"] = {{"part", d->part},
                        {"policy", text(d->policy_says)},
                        {"request", text(d->request_says)}};
    }
    return o;
}

/// A condition of a statement that matched.
struct held_condition {
    condition const& of;
    /// The request's values with commas between; nothing if it lacks the key.
    std::optional<std::string> actual;
};

std::vector<held_condition> find_held(statement_trace const& t,
                                      std::span<named_document const> documents,
                                      request const& asked) {
    std::vector<held_condition> out;
    if (!t.matched)
        return out;
    for (auto const& c : statement_of(t, documents).conditions) {
        held_condition one{c, {}};
        if (auto const* const values = asked.facts.find(c.key); values && !values->empty())
            for (auto const& value : *values)
                one.actual = one.actual ? *one.actual + ", " + value : value;
        out.push_back(std::move(one));
    }
    return out;
}

boost::json::array print_held(std::vector<held_condition> const& all) {
    boost::json::array out;
    for (auto const& one : all) {
        boost::json::array values;
        for (auto const& value : one.of.values)
            values.emplace_back(value.written);
        out.push_back({{"operator", one.of.operator_written},
                       {"key", one.of.key_written},
                       {"key_present", one.actual.has_value()},
                       {"values", std::move(values)},
                       {"actual", one.actual.value_or("")}});
    }
    return out;
}

/// @param asked  null: conditions that held are left out
boost::json::object print_trace(statement_trace const& t, std::span<named_document const> documents,
                                request const* asked) {
    boost::json::object o;
    o["policy"] = documents[t.document].name;
    o["policy_index"] = t.document;
    o["statement"] = t.index;
    if (!t.sid.empty())
        o["sid"] = t.sid;
    o["line"] = t.line;
    o["column"] = t.column;
    o["effect"] = t.allows ? "Allow" : "Deny";
    o["matched"] = t.matched;
    if (!t.matched)
        o["why_not"] = print_miss(t.why_not);
    if (asked && t.matched)
        if (auto const* const hit = find_matched_resource(t, documents, *asked))
            o["pattern"] = hit->written;
    if (asked)
        if (auto const held = find_held(t, documents, *asked); !held.empty())
            o["held"] = print_held(held);
    return o;
}

boost::json::object print_all(explanation const& e, std::span<named_document const> documents,
                              request const* asked) {
    boost::json::object o;
    o["decision"] = print(e.decision);
    if (e.telling)
        o["because"] = print_trace(e.statements[*e.telling], documents, asked);
    boost::json::array all;
    for (auto const& t : e.statements)
        all.push_back(print_trace(t, documents, asked));
    o["statements"] = std::move(all);
    return o;
}

} // namespace

std::string words_of_held(statement_trace const& t, std::span<named_document const> documents,
                          request const& asked) {
    std::string out;
    for (auto const& one : find_held(t, documents, asked)) {
        out += (out.empty() ? "because its condition " : ", and ") + one.of.operator_written +
               " on " + quoted(one.of.key_written) + " holds: the policy says ";
        std::string values;
        for (auto const& value : one.of.values)
            values += (values.empty() ? "" : ", ") + quoted(value.written);
        out += (values.empty() ? "nothing" : values) + ", the request has " +
               (one.actual ? quoted(*one.actual) : "no such key");
    }
    return out;
}

pattern const* find_matched_resource(statement_trace const& t,
                                     std::span<named_document const> documents,
                                     request const& asked) {
    auto const& inside = documents[t.document].compiled->inside();
    auto const& s = inside.statements[t.index];
    document_variables values(inside, asked.facts);
    auto const hit = std::find_if(s.resources.begin(), s.resources.end(), [&](pattern const& p) {
        return matches(p, asked.resource, values);
    });
    return s.resource_negated || hit == s.resources.end() ? nullptr : &*hit;
}

std::string words_of_reach(statement_trace const& t, std::span<named_document const> documents,
                           request const& asked) {
    auto const* const hit = find_matched_resource(t, documents, asked);
    if (hit == nullptr)
        return " for every resource that its `NotResource` does not name";
    return hit->is_literal ? " for exactly this resource" : " through " + quoted(hit->written);
}

std::string words_of_not_action(statement_trace const& t,
                                std::span<named_document const> documents) {
    auto const& s = statement_of(t, documents);
    if (!s.action_negated)
        return {};
    std::string names;
    for (auto const& action : s.actions)
        names += (names.empty() ? "" : ", ") + quoted(action.written);
    return " for every action but " + names;
}

std::string words_of_miss(statement_trace const& t, std::span<named_document const> documents,
                          request const& asked) {
    auto const& m = t.why_not;
    switch (m.failed) {
    case clause::none:
        return {};
    case clause::action:
        if (m.negative)
            return "its `NotAction` " + quoted(m.pattern) + " excludes this action";
        return (m.rest_holds ? "it is about this resource, but names " : "it names ") +
               quoted(m.pattern) + ", not " + std::string(asked.action);
    case clause::resource:
        return resource_words(m, documents[t.document].compiled->inside(), asked);
    case clause::principal:
        return "its principal is " + quoted(m.pattern) + ", the request comes from " +
               (m.actual.empty() ? "nobody named" : quoted(m.actual));
    case clause::condition:
        return condition_words(m);
    }
    return {};
}

std::string quoted(std::string_view text) {
    return "`" + printable(text, 300) + "`";
}

std::string name_statement(statement_trace const& t, std::span<named_document const> documents) {
    auto name =
        t.sid.empty() ? "statement " + std::to_string(t.index + 1) : "statement " + quoted(t.sid);
    return name + " (line " + std::to_string(t.line) + ") of " +
           std::string(documents[t.document].name);
}

std::string_view print(miss::clause c) {
    switch (c) {
    case clause::none:
        return "none";
    case clause::action:
        return "action";
    case clause::resource:
        return "resource";
    case clause::principal:
        return "principal";
    case clause::condition:
        return "condition";
    }
    return "none";
}

boost::json::object print_json(explanation const& e, std::span<named_document const> documents) {
    return print_all(e, documents, nullptr);
}

boost::json::object print_json(explanation const& e, std::span<named_document const> documents,
                               request const& asked) {
    return print_all(e, documents, &asked);
}

std::string print_words(explanation const& e, std::span<named_document const> documents,
                        request const& asked) {
    auto const what = std::string(asked.action) + " on " + quoted(asked.resource);
    if (documents.empty())
        return what + " is denied: there is no policy that could allow it";
    if (!e.telling)
        return what + " is denied: no statement says Allow";
    auto const& t = e.statements[*e.telling];
    auto const where = name_statement(t, documents);
    switch (e.decision) {
    case effect::allow:
        return what + " is allowed by " + where;
    case effect::explicit_deny: {
        auto const held = words_of_held(t, documents, asked);
        return what + " is denied by " + where + ", which says Deny" +
               words_of_not_action(t, documents) + words_of_reach(t, documents, asked) +
               (held.empty() ? "" : " " + held);
    }
    case effect::implicit_deny:
        break;
    }
    return what + " is denied: no statement allows it; the nearest is " + where + ": " +
           words_of_miss(t, documents, asked);
}

} // namespace cogniot::policy
