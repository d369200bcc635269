#include "local/template/resolve.hpp"

#include "base/text.hpp"
#include "json/parse.hpp"
#include "local/template/errors.hpp"

#include <boost/json.hpp>

namespace cogniot::local {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

constexpr std::string_view no_value_member = "AWS::NoValue";

bool is_no_value(value const& v) {
    auto const* o = v.if_object();
    return o != nullptr && o->size() == 1 && o->begin()->key() == no_value_member;
}

/// The text of a scalar as CloudFormation joins it.
std::optional<std::string> scalar_text(value const& v) {
    if (v.is_string())
        return std::string(v.get_string());
    if (v.is_bool() || v.is_number())
        return json::print(v);
    return {};
}

/// `${Name}` and `${Name.Attribute}` of a Sub text; `${!Literal}` stays `${Literal}`.
/// Calls `text` for literal runs and `name` for each name.
template <typename Text, typename Name>
result<void> scan_sub(std::string_view in, Text text, Name name) {
    while (!in.empty()) {
        auto const start = in.find("${");
        text(in.substr(0, start));
        if (start == std::string_view::npos)
            break;
        auto const end = in.find('}', start);
        if (end == std::string_view::npos)
            return fail(template_errc::function_mistyped, "`${` without a closing `}`");
        auto const inner = in.substr(start + 2, end - start - 2);
        if (inner.starts_with('!'))
            text("${" + std::string(inner.substr(1)) + "}");
        else if (auto done = name(trim(inner)); !done)
            return done;
        in.remove_prefix(end + 1);
    }
    return {};
}

class resolver {
  public:
    resolver(template_source const& source, name_scope const& names)
        : source_(source), names_(names) {}

    result<value> resolve(value const& what, std::string const& path) {
        if (auto const* list = what.if_array())
            return resolve_array(*list, path);
        auto const* members = what.if_object();
        if (members == nullptr)
            return what;
        if (members->size() == 1) {
            auto const& [key, argument] = *members->begin();
            std::string_view const name = key;
            if (name == "Ref" || name.starts_with("Fn::"))
                return call(name, argument, member_path(path, name));
        }
        object out;
        for (auto const& [key, member] : *members) {
            auto resolved = resolve(member, member_path(path, key));
            if (!resolved)
                return resolved;
            if (!is_no_value(*resolved))
                out.emplace(key, std::move(*resolved));
        }
        return value(std::move(out));
    }

  private:
    error wrong(template_errc which, std::string const& path, std::string const& what) const {
        return fail(which, source_.place(path) + ": " + what);
    }

    result<value> resolve_array(array const& list, std::string const& path) {
        array out;
        for (std::size_t i = 0; i < list.size(); ++i) {
            auto resolved = resolve(list[i], element_path(path, i));
            if (!resolved)
                return resolved;
            if (!is_no_value(*resolved))
                out.push_back(std::move(*resolved));
        }
        return value(std::move(out));
    }

    result<value> call(std::string_view function, value const& argument, std::string const& path) {
        if (function == "Ref")
            return ref(argument, path);
        if (function == "Fn::GetAtt")
            return get_attribute(argument, path);
        if (function == "Fn::Sub")
            return substitute(argument, path);
        if (function == "Fn::Join")
            return join(argument, path);
        if (function == "Fn::Select")
            return select(argument, path);
        if (function == "Fn::Split")
            return split_text(argument, path);
        return wrong(
            template_errc::function_not_supported, path,
            "`" + std::string(function) +
                "`; supported are Ref, Fn::GetAtt, Fn::Sub, Fn::Join, Fn::Select, Fn::Split");
    }

    result<value> ref(value const& argument, std::string const& path) {
        if (!argument.is_string())
            return wrong(template_errc::function_mistyped, path, "Ref takes one name");
        std::string_view const name = argument.get_string();
        if (auto found = names_.ref(name))
            return *found;
        return wrong(template_errc::reference_unknown, path,
                     "there is no parameter or resource `" + std::string(name) + "`");
    }

    result<value> attribute(std::string_view resource, std::string_view name,
                            std::string const& path) {
        if (auto found = names_.attribute(resource, name))
            return *found;
        if (!names_.ref(resource))
            return wrong(template_errc::reference_unknown, path,
                         "there is no resource `" + std::string(resource) + "`");
        return wrong(template_errc::attribute_unknown, path,
                     "`" + std::string(resource) + "` has no attribute `" + std::string(name) +
                         "`");
    }

    result<value> get_attribute(value const& argument, std::string const& path) {
        if (argument.is_string()) { // JSON's short form "Pool.Arn"
            std::string_view const text = argument.get_string();
            auto const dot = text.find('.');
            if (dot != std::string_view::npos)
                return attribute(text.substr(0, dot), text.substr(dot + 1), path);
        }
        auto const* parts = argument.if_array();
        if (parts == nullptr || parts->size() != 2 || !(*parts)[0].is_string())
            return wrong(template_errc::function_mistyped, path,
                         "Fn::GetAtt takes a resource and an attribute");
        auto name = resolve((*parts)[1], element_path(path, 1));
        if (!name)
            return name;
        if (!name->is_string())
            return wrong(template_errc::function_mistyped, path, "the attribute must be text");
        return attribute((*parts)[0].get_string(), name->get_string(), path);
    }

    result<value> substitute(value const& argument, std::string const& path) {
        value const* text = &argument;
        object own;
        if (auto const* parts = argument.if_array()) {
            if (parts->size() != 2 || !(*parts)[0].is_string() || !(*parts)[1].is_object())
                return wrong(template_errc::function_mistyped, path,
                             "Fn::Sub takes a text, or a text and a map of names");
            text = &(*parts)[0];
            auto resolved = resolve((*parts)[1], element_path(path, 1));
            if (!resolved)
                return resolved;
            own = std::move(resolved->as_object());
        }
        if (!text->is_string())
            return wrong(template_errc::function_mistyped, path, "Fn::Sub takes a text");
        std::string out;
        auto const done = scan_sub(
            text->get_string(), [&](std::string_view run) { out += run; },
            [&](std::string_view name) -> result<void> {
                result<value> found = named(name, own, path);
                if (!found)
                    return found.error();
                auto const as_text = scalar_text(*found);
                if (!as_text)
                    return wrong(template_errc::function_mistyped, path,
                                 "`${" + std::string(name) + "}` is not text");
                out += *as_text;
                return {};
            });
        if (!done)
            return done.error().detail.starts_with(source_.file)
                       ? done.error()
                       : wrong(template_errc::function_mistyped, path, done.error().detail);
        return value(out);
    }

    result<value> named(std::string_view name, object const& own, std::string const& path) {
        if (auto const* found = own.if_contains(name))
            return *found;
        auto const dot = name.find('.');
        return dot == std::string_view::npos
                   ? ref(value(name), path)
                   : attribute(name.substr(0, dot), name.substr(dot + 1), path);
    }

    result<value> join(value const& argument, std::string const& path) {
        auto const* parts = argument.if_array();
        if (parts == nullptr || parts->size() != 2 || !(*parts)[0].is_string())
            return wrong(template_errc::function_mistyped, path,
                         "Fn::Join takes a delimiter and a list");
        auto list = resolve((*parts)[1], element_path(path, 1));
        if (!list)
            return list;
        if (!list->is_array())
            return wrong(template_errc::function_mistyped, path,
                         "Fn::Join's second part is a list");
        std::string out;
        bool first = true;
        for (auto const& each : list->get_array()) {
            auto const text = scalar_text(each);
            if (!text)
                return wrong(template_errc::function_mistyped, path, "only text can be joined");
            if (!first)
                out += std::string_view((*parts)[0].get_string());
            first = false;
            out += *text;
        }
        return value(out);
    }

    result<value> select(value const& argument, std::string const& path) {
        auto resolved = resolve(argument, path);
        if (!resolved)
            return resolved;
        auto const* parts = resolved->if_array();
        if (parts == nullptr || parts->size() != 2 || !(*parts)[1].is_array())
            return wrong(template_errc::function_mistyped, path,
                         "Fn::Select takes an index and a list");
        auto const& list = (*parts)[1].get_array();
        auto const index = scalar_text((*parts)[0]).value_or("");
        for (std::size_t i = 0; i < list.size(); ++i)
            if (index == std::to_string(i))
                return list[i];
        return wrong(template_errc::function_mistyped, path,
                     "the list has no element `" + index + "`");
    }

    result<value> split_text(value const& argument, std::string const& path) {
        auto resolved = resolve(argument, path);
        if (!resolved)
            return resolved;
        auto const* parts = resolved->if_array();
        if (parts == nullptr || parts->size() != 2 || !(*parts)[0].is_string() ||
            !(*parts)[1].is_string() || (*parts)[0].get_string().empty())
            return wrong(template_errc::function_mistyped, path,
                         "Fn::Split takes a delimiter and a text");
        std::string_view const delimiter = (*parts)[0].get_string();
        std::string_view rest = (*parts)[1].get_string();
        array out;
        for (;;) {
            auto const end = rest.find(delimiter);
            out.emplace_back(rest.substr(0, end));
            if (end == std::string_view::npos)
                return value(std::move(out));
            rest.remove_prefix(end + delimiter.size());
        }
    }

    template_source const& source_;
    name_scope const& names_;
};

void collect_from_sub(value const& argument, std::set<std::string>& into) {
    auto const* parts = argument.if_array();
    value const* text = parts != nullptr && !parts->empty() ? &(*parts)[0] : &argument;
    object const* own = parts != nullptr && parts->size() == 2 ? (*parts)[1].if_object() : nullptr;
    if (!text->is_string())
        return;
    (void)scan_sub(
        text->get_string(), [](std::string_view) {},
        [&](std::string_view name) -> result<void> {
            if (own == nullptr || !own->contains(name))
                into.emplace(name.substr(0, name.find('.')));
            return {};
        });
}

} // namespace

value no_value() {
    return object{{no_value_member, nullptr}};
}

result<value> resolve(value const& what, std::string const& path, template_source const& source,
                      name_scope const& names) {
    return resolver(source, names).resolve(what, path);
}

void collect_references(value const& what, std::set<std::string>& into) {
    if (auto const* list = what.if_array()) {
        for (auto const& each : *list)
            collect_references(each, into);
        return;
    }
    auto const* members = what.if_object();
    if (members == nullptr)
        return;
    for (auto const& [key, member] : *members) {
        std::string_view const name = key;
        if (name == "Ref" && member.is_string())
            into.emplace(std::string_view(member.get_string()));
        else if (name == "Fn::GetAtt" && member.is_array() && !member.get_array().empty() &&
                 member.get_array()[0].is_string())
            into.emplace(std::string_view(member.get_array()[0].get_string()));
        else if (name == "Fn::GetAtt" && member.is_string())
            into.emplace(std::string_view(member.get_string())
                             .substr(0, std::string_view(member.get_string()).find('.')));
        else if (name == "Fn::Sub")
            collect_from_sub(member, into);
        collect_references(member, into);
    }
}

} // namespace cogniot::local
