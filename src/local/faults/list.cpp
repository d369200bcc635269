// Lists of rules: from a request or from a file, with the place of what is wrong.
#include "base/error_category.hpp"
#include "base/read_file.hpp"
#include "base/text.hpp"
#include "json/parse.hpp"
#include "local/faults/plan.hpp"
#include "local/template/source.hpp"

#include <boost/json.hpp>

#include <set>
#include <utility>

namespace cogniot::local {

std::string_view describe(fault_errc e) {
    switch (e) {
    case fault_errc::rule_not_usable:
        return "a fault rule cannot be used";
    }
    return "unknown fault error";
}

error_code make_error_code(fault_errc e) {
    return enum_code("faults", e);
}

fault_reading<fault_list> parse_fault_list(boost::json::object const& from) {
    fault_list list;
    for (auto const& [member, value] : from)
        if (member != "seed" && member != "faults")
            return fault_complaint{std::string(member), "`" + printable(member, 60) +
                                                            "` is no member; there are seed and "
                                                            "faults"};
    if (auto const* seed = from.if_contains("seed")) {
        boost::system::error_code wrong;
        auto const number = seed->to_number<std::uint64_t>(wrong);
        if (wrong)
            return fault_complaint{"seed", "`seed` is a whole number from 0"};
        list.seed = number;
    }
    auto const* rules = json::find_array(from, "faults");
    if (rules == nullptr)
        return fault_complaint{"faults", "`faults` is a list of rules"};
    if (rules->size() > fault_plan::max_rules)
        return fault_complaint{"faults", "`faults` has more than " +
                                             std::to_string(fault_plan::max_rules) + " rules"};
    std::set<std::string, std::less<>> names;
    for (std::size_t i = 0; i < rules->size(); ++i) {
        auto const path = element_path("faults", i);
        auto const& given = (*rules)[i];
        auto rule = [&]() -> fault_reading<fault_rule> {
            if (auto const* object = given.if_object())
                return parse_fault_rule(*object);
            if (auto const* words = given.if_string())
                return parse_fault_text(*words);
            return fault_complaint{"", "a rule is an object or a text such as "
                                       "`throttle cognito-idp:InitiateAuth 50%`"};
        }();
        if (!rule)
            return fault_complaint{
                rule.error().member.empty() ? path : member_path(path, rule.error().member),
                rule.error().what};
        if (!rule->name.empty() && !names.insert(rule->name).second)
            return fault_complaint{member_path(path, "name"),
                                   "two rules are named `" + rule->name + "`"};
        list.rules.push_back(std::move(*rule));
    }
    return list;
}

result<fault_list> read_fault_file(std::string const& path) {
    auto const text = read_file(path);
    if (!text)
        return error{text.error().code, "`" + path + "`"};
    auto const source = read_template(path, *text);
    if (!source)
        return source.error();
    auto list = parse_fault_list(source->root);
    if (list)
        return std::move(*list);
    auto where = path;
    if (auto const at = source->find_place(list.error().member))
        where += ":" + std::to_string(at->line) + ":" + std::to_string(at->column);
    return fail(fault_errc::rule_not_usable, where + ": " + list.error().what);
}

} // namespace cogniot::local
