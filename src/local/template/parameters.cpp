#include "local/template/parameters.hpp"

#include "base/text.hpp"
#include "json/parse.hpp"
#include "local/template/errors.hpp"
#include "local/template/resolve.hpp"

#include <boost/json.hpp>

namespace cogniot::local {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

std::string text_of(value const& v) {
    return v.is_string() ? std::string(v.get_string()) : json::print(v);
}

} // namespace

object pseudo_parameters(stack_place const& at) {
    return {{"AWS::AccountId", at.account},
            {"AWS::Region", at.region},
            {"AWS::Partition", "aws"},
            {"AWS::URLSuffix", "amazonaws.com"},
            {"AWS::StackName", at.stack_name},
            {"AWS::StackId", "arn:aws:cloudformation:" + at.region + ":" + at.account + ":stack/" +
                                 at.stack_name + "/cogniot"},
            {"AWS::NotificationARNs", array{}},
            {"AWS::NoValue", no_value()}};
}

result<value> read_default(object const& parameter, std::string const& path,
                           template_source const& source) {
    auto const* given = parameter.if_contains("Default");
    if (given == nullptr)
        return fail(template_errc::parameter_without_value,
                    source.place(path) + ": give it a `Default:`, which deployments may override");
    std::string const text = text_of(*given);
    if (auto const* allowed = json::find_array(parameter, "AllowedValues")) {
        bool found = false;
        for (auto const& each : *allowed)
            found = found || text_of(each) == text;
        if (!found)
            return fail(template_errc::parameter_not_allowed,
                        source.place(path) + ": `" + text + "` is not among its AllowedValues");
    }
    auto const type = json::find_string(parameter, "Type").value_or("String");
    if (type != "CommaDelimitedList" && !type.starts_with("List<"))
        return value(text);
    array list;
    for (auto const& each : split(text, ','))
        list.emplace_back(trim(each));
    return value(std::move(list));
}

result<object> read_parameters(template_source const& source, stack_place const& at) {
    auto out = pseudo_parameters(at);
    auto const* parameters = json::find_object(source.root, "Parameters");
    if (parameters == nullptr)
        return out;
    for (auto const& member : *parameters) {
        std::string const path = member_path("Parameters", member.key());
        auto const* parameter = member.value().if_object();
        if (parameter == nullptr)
            return fail(template_errc::not_a_template,
                        source.place(path) + ": a parameter is a map with `Type:`");
        auto read = read_default(*parameter, path, source);
        if (!read)
            return read.error();
        out[member.key()] = std::move(*read);
    }
    return out;
}

} // namespace cogniot::local
