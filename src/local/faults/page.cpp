#include "local/faults/page.hpp"

#include "base/text.hpp"
#include "json/parse.hpp"
#include "local/page.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <utility>

namespace cogniot::local {
namespace {

constexpr std::string_view path = "/_cogniot/faults";

/// One rule, a list of rules, or a rule in words.
fault_reading<fault_list> read_body(std::string_view body) {
    auto const text = trim(body);
    if (!is_utf8(text))
        return fault_complaint{"", "a rule is UTF-8 text, not `" + printable(text, 100) + "`"};
    if (!text.starts_with('{')) {
        auto rule = parse_fault_text(text);
        if (!rule)
            return rule.error();
        return fault_list{{}, {std::move(*rule)}};
    }
    auto const object = json::parse_object(text);
    if (!object)
        return fault_complaint{"", object.error().message()};
    if (!object->contains("fault"))
        return parse_fault_list(*object);
    auto rule = parse_fault_rule(*object);
    if (!rule)
        return rule.error();
    return fault_list{{}, {std::move(*rule)}};
}

} // namespace

std::optional<faults_answer> answer_faults(fault_plan& plan, net::http_request const& request,
                                           utc_time now) {
    auto const where = request.path();
    bool const names_one = where.starts_with(path) && where.substr(path.size()).starts_with('/');
    if (where != path && !names_one)
        return {};
    auto const refuse = [&](int status, std::string_view why) {
        return faults_answer{refuse_page(status, why, now)};
    };
    bool const reads = request.method == "GET" || request.method == "HEAD";
    if (!reads && request.headers.find("origin"))
        return refuse(403, "faults are not for web pages");
    bool is_changed = false;
    if (request.method == "DELETE") {
        is_changed = true;
        auto const name = where.substr(std::min(where.size(), path.size() + 1));
        if (!names_one)
            plan.clear();
        // What cannot be decoded is no rule's name.
        else if (auto const one = percent_decode(name); !plan.remove(one.value_or("")))
            return refuse(404, "there is no fault rule `" +
                                   printable(one ? *one : std::string(name), 100) + "`");
    } else if (names_one) {
        return refuse(405, "a rule by its name can only be removed: DELETE");
    } else if (request.method == "POST" || request.method == "PUT") {
        auto list = read_body(request.body);
        if (!list)
            return refuse(400, (list.error().member.empty() ? "" : list.error().member + ": ") +
                                   list.error().what);
        if (request.method == "PUT")
            plan = {};
        auto const how_many = list->rules.size();
        if (!plan.add_all(std::move(*list), now))
            return refuse(400, "there is room for " + std::to_string(fault_plan::max_rules) +
                                   " rules, and " + std::to_string(plan.all().size()) +
                                   " stand; none of these " + std::to_string(how_many) +
                                   " was added: remove some first");
        is_changed = true;
    } else if (!reads) {
        return refuse(405, "GET lists the rules, POST adds, PUT replaces, DELETE removes them");
    }
    return faults_answer{answer_json(plan.print(now), now), is_changed};
}

} // namespace cogniot::local
