#include "local/template/stack.hpp"

#include "cloud/world.hpp"
#include "json/parse.hpp"
#include "local/template/errors.hpp"
#include "local/template/parameters.hpp"
#include "local/template/resolve.hpp"
#include "local/template/resource_type.hpp"
#include "local/template/source.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <filesystem>
#include <set>
#include <span>

namespace cogniot::local {
namespace {

using boost::json::object;
using boost::json::value;

std::string stack_name_of(std::string_view file_name) {
    std::filesystem::path const path(file_name);
    std::string const stem = path.stem().string();
    std::error_code ignored;
    if (stem == "template")
        return std::filesystem::absolute(path, ignored).parent_path().filename().string();
    return stem;
}

/// One application of one template.
class application {
  public:
    application(cloud::call& as_root, stacks& known, template_source source, std::string name)
        : as_root_(as_root), known_(known), source_(std::move(source)) {
        out_.name = std::move(name);
        if (auto const* before = known_.find(out_.name))
            before_ = *before;
    }

    result<stack_result> run() {
        auto parameters =
            read_parameters(source_, {as_root_.world.settings.account, as_root_.region, out_.name});
        if (!parameters)
            return parameters.error();
        values_ = std::move(*parameters);
        auto const* resources = json::find_object(source_.root, "Resources");
        if (resources == nullptr)
            return fail(template_errc::not_a_template,
                        source_.file + ": there is no `Resources:` section");
        auto order = order_of_creation(*resources);
        if (!order)
            return order.error();
        for (auto const& id : *order)
            if (auto done = apply(id, resources->at(id).get_object()); !done)
                return done.error();
        if (auto done = remove_the_rest(*resources); !done)
            return done.error();
        if (auto done = print_outputs(); !done)
            return done.error();
        if (after_ != before_)
            known_.put(out_.name, after_, as_root_.persist);
        return std::move(out_);
    }

  private:
    error wrong(template_errc which, std::string const& path, std::string const& what) const {
        return fail(which, source_.place(path) + ": " + what);
    }

    /// Depth first along references and DependsOn, so that what is needed comes first.
    result<std::vector<std::string>> order_of_creation(object const& resources) {
        std::vector<std::string> order;
        std::set<std::string> done;
        std::set<std::string> under_way;
        auto const visit = [&](auto const& self, std::string const& id) -> result<void> {
            if (done.contains(id))
                return {};
            std::string const path = member_path("Resources", id);
            if (!under_way.insert(id).second)
                return wrong(template_errc::references_circular, path,
                             "it needs itself, directly or through others");
            auto const* resource = resources.at(id).if_object();
            if (resource == nullptr || !json::find_string(*resource, "Type"))
                return wrong(template_errc::not_a_template, path,
                             "a resource is a map with `Type:`");
            std::set<std::string> needed;
            collect_references(*resource, needed);
            if (auto const* depends = resource->if_contains("DependsOn")) {
                if (depends->is_string())
                    needed.emplace(std::string_view(depends->get_string()));
                else if (depends->is_array())
                    for (auto const& each : depends->get_array())
                        if (each.is_string())
                            needed.emplace(std::string_view(each.get_string()));
            }
            for (auto const& each : needed)
                if (resources.contains(each))
                    if (auto visited = self(self, each); !visited)
                        return visited;
            under_way.erase(id);
            done.insert(id);
            order.push_back(id);
            return {};
        };
        for (auto const& member : resources)
            if (auto visited = visit(visit, std::string(std::string_view(member.key()))); !visited)
                return visited.error();
        return order;
    }

    name_scope names() const {
        return {
            [this](std::string_view name) -> std::optional<value> {
                if (auto const* found = values_.if_contains(name))
                    return *found;
                if (auto const* made = json::find_object(after_, name))
                    return made->at("id");
                return {};
            },
            [this](std::string_view resource, std::string_view attribute) -> std::optional<value> {
                auto const* made = json::find_object(after_, resource);
                if (made == nullptr)
                    return {};
                auto const* found = made->at("attributes").as_object().if_contains(attribute);
                return found != nullptr ? std::optional<value>(*found) : std::nullopt;
            }};
    }

    result<void> check_properties(resource_type const& type, object const& properties,
                                  std::string const& path) const {
        for (auto const& member : properties) {
            std::string_view const key = member.key();
            if (std::find(type.properties.begin(), type.properties.end(), key) ==
                type.properties.end())
                return wrong(template_errc::property_unknown, member_path(path, key),
                             std::string(type.name) + " has no such property, or cogniot does not "
                                                      "know it yet");
        }
        for (auto const& name : type.required)
            if (!properties.contains(name))
                return wrong(template_errc::property_missing, path,
                             std::string(type.name) + " needs `" + std::string(name) + "`");
        return {};
    }

    result<void> apply(std::string const& id, object const& resource) {
        std::string const path = member_path("Resources", id);
        std::string const type_name(*json::find_string(resource, "Type"));
        auto const* type = find_resource_type(type_name);
        if (type == nullptr) {
            out_.warnings.push_back(source_.place(path) + ": " + type_name +
                                    " is not a type that cogniot knows: skipped");
            return {};
        }
        std::string const inner = member_path(path, "Properties");
        object properties;
        if (auto const* given = resource.if_contains("Properties")) {
            if (!given->is_object())
                return wrong(template_errc::property_mistyped, inner, "`Properties:` is a map");
            auto resolved = resolve(*given, inner, source_, names());
            if (!resolved)
                return resolved.error();
            properties = std::move(resolved->as_object());
        }
        if (auto checked = check_properties(*type, properties, inner); !checked)
            return checked;
        for (auto const name : type->without_effect)
            if (properties.contains(name))
                out_.warnings.push_back(source_.place(member_path(inner, name)) +
                                        ": it has no effect here");
        return make(id, *type, std::move(properties), path);
    }

    /// The first of `names` that differs between the two.
    static std::string_view find_change(std::span<std::string_view const> names,
                                        object const& before, object const& now) {
        for (auto const name : names) {
            auto const* const one = before.if_contains(name);
            auto const* const other = now.if_contains(name);
            if ((one == nullptr) != (other == nullptr) || (one != nullptr && *one != *other))
                return name;
        }
        return {};
    }

    /// Whether new properties ask for a new resource in the place of the one that is there.
    /// @errors property_fixed: neither that nor an update can give the property its new value
    result<bool> needs_replacement(resource_type const& type, object const& before,
                                   object const& now, std::string const& path) const {
        auto const refuse = [&](std::string_view property, std::string const& what) {
            return wrong(template_errc::property_fixed,
                         member_path(member_path(path, "Properties"), property), what);
        };
        if (auto const property = find_change(type.fixed, before, now); !property.empty())
            return refuse(property, "it cannot be changed once the " + std::string(type.name) +
                                        " is there: give the resource another logical ID to get a "
                                        "new one, or undo the change");
        auto const property = find_change(type.replacing, before, now);
        if (property.empty())
            return false;
        auto const name = type.has_name ? type.replacing.front() : std::string_view{};
        if (!name.empty() && property != name && now.contains(name))
            return refuse(property, "its change needs a new " + std::string(type.name) +
                                        " beside the old one: change `" + std::string(name) +
                                        "`, too");
        return true;
    }

    result<void> make(std::string const& id, resource_type const& type, object properties,
                      std::string const& path) {
        using kind = stack_result::change::kind;
        auto const* before = json::find_object(before_, id);
        bool const same_type = before != nullptr && json::find_string(*before, "type") == type.name;
        if (same_type && before->at("properties") == value(properties)) {
            after_[id] = *before;
            note(kind::unchanged, id, *before);
            return {};
        }
        bool is_update = same_type;
        if (same_type) {
            auto const needed =
                needs_replacement(type, before->at("properties").as_object(), properties, path);
            if (!needed)
                return needed.error();
            is_update = !*needed;
        }
        resource_request request{
            as_root_, properties,
            out_.name + "-" + id + "-" +
                random_text(as_root_.random, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 12)};
        auto made = is_update ? type.update(request, physical_of(*before)) : type.create(request);
        if (!made)
            return wrong(template_errc::resource_refused, path,
                         made.error().code + ": " + made.error().message);
        bool const replaced = same_type && made->id != physical_of(*before).id;
        object now{{"type", type.name},
                   {"id", made->id},
                   {"attributes", std::move(made->attributes)},
                   {"properties", std::move(properties)}};
        note(same_type && !replaced ? kind::updated : kind::created, id, now);
        after_[id] = std::move(now);
        if (before != nullptr && (!same_type || replaced))
            return remove(id, *before, path);
        return {};
    }

    static physical_resource physical_of(object const& state) {
        return {std::string(state.at("id").as_string()), state.at("attributes").as_object()};
    }

    void note(stack_result::change::kind what, std::string const& id, object const& state) {
        out_.changes.push_back({what, id, std::string(state.at("type").as_string()),
                                std::string(state.at("id").as_string())});
    }

    result<void> remove(std::string const& id, object const& state, std::string const& path) {
        auto const* type = find_resource_type(std::string_view(state.at("type").as_string()));
        if (type == nullptr)
            return {};
        if (auto gone = type->remove(as_root_, physical_of(state)); !gone)
            return wrong(template_errc::resource_refused, path,
                         "could not be removed: " + gone.error().code + ": " +
                             gone.error().message);
        note(stack_result::change::kind::removed, id, state);
        return {};
    }

    /// What the template no longer names goes, latest first.
    result<void> remove_the_rest(object const& resources) {
        std::vector<std::string> gone;
        for (auto const& member : before_)
            if (!resources.contains(member.key()))
                gone.emplace_back(std::string_view(member.key()));
        for (auto id = gone.rbegin(); id != gone.rend(); ++id)
            if (auto done = remove(*id, before_.at(*id).as_object(), "Resources." + *id); !done)
                return done;
        return {};
    }

    result<void> print_outputs() {
        auto const* outputs = json::find_object(source_.root, "Outputs");
        if (outputs == nullptr)
            return {};
        for (auto const& member : *outputs) {
            std::string const path = member_path("Outputs", member.key());
            auto const* output = member.value().if_object();
            if (output == nullptr || !output->contains("Value"))
                return wrong(template_errc::not_a_template, path, "an output needs `Value:`");
            auto resolved =
                resolve(output->at("Value"), member_path(path, "Value"), source_, names());
            if (!resolved)
                return resolved.error();
            out_.outputs.emplace_back(std::string_view(member.key()),
                                      resolved->is_string() ? std::string(resolved->get_string())
                                                            : json::print(*resolved));
        }
        return {};
    }

    cloud::call& as_root_;
    stacks& known_;
    template_source source_;
    stack_result out_;
    /// Logical ID -> {type, id, attributes, properties}, before and after.
    object before_;
    object after_;
    /// Parameters and pseudo parameters.
    object values_;
};

} // namespace

result<bool> stacks::restore(std::string_view kind, std::string_view key, std::string_view value) {
    if (kind != "stack")
        return false;
    auto parsed = json::parse_object(value, {.max_bytes = 64 << 20, .max_depth = 128});
    if (!parsed)
        return parsed.error();
    by_name_.insert_or_assign(std::string(key), std::move(*parsed));
    return true;
}

object const* stacks::find(std::string_view stack) const {
    auto const found = by_name_.find(stack);
    return found == by_name_.end() ? nullptr : &found->second;
}

void stacks::put(std::string const& stack, object state, std::vector<record>& persist) {
    persist.push_back({"stack", stack, json::print(state)});
    by_name_.insert_or_assign(stack, std::move(state));
}

result<stack_result> apply_template(cloud::call& as_root, stacks& known, std::string_view file_name,
                                    std::string_view text) {
    auto source = read_template(file_name, text);
    if (!source)
        return source.error();
    return application(as_root, known, std::move(*source), stack_name_of(file_name)).run();
}

} // namespace cogniot::local
