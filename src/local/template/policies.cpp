#include "local/template/policies.hpp"

#include "base/text.hpp"
#include "json/parse.hpp"
#include "json/patch.hpp"
#include "local/template/parameters.hpp"
#include "local/template/resolve.hpp"

#include <boost/json.hpp>

#include <map>

namespace cogniot::local {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using policy::kind;

/// Replaces the functions that only a deployment can compute.
value simplify(value const& what) {
    if (auto const* list = what.if_array()) {
        array out;
        for (auto const& each : *list)
            out.push_back(simplify(each));
        return out;
    }
    auto const* members = what.if_object();
    if (members == nullptr)
        return what;
    if (members->size() == 1) {
        auto const& [key, argument] = *members->begin();
        std::string_view const name = key;
        auto const* branches = argument.if_array();
        if (name == "Fn::If" && branches != nullptr && branches->size() == 3)
            return simplify((*branches)[1]);
        for (auto const known : {"Fn::ImportValue", "Fn::FindInMap", "Fn::GetAZs", "Fn::Base64",
                                 "Fn::Cidr", "Fn::Transform"})
            if (name == known)
                return value(name.substr(4));
    }
    object out;
    for (auto const& [key, member] : *members)
        out.emplace(key, simplify(member));
    return out;
}

/// How a role is handed out.
struct handed_out {
    std::string identity_pool;
    std::string amr;
};

class finder {
  public:
    finder(template_source const& source, std::string_view region, std::string_view account)
        : source_(source),
          known_(pseudo_parameters({std::string(account), std::string(region), "AWS-StackName"})) {
        if (auto const* parameters = json::find_object(source_.root, "Parameters"))
            for (auto const& [name, parameter] : *parameters)
                if (auto const* members = parameter.if_object())
                    if (auto given =
                            read_default(*members, member_path("Parameters", name), source_))
                        known_[name] = std::move(*given);
    }

    std::vector<template_policy> run() {
        auto const* resources = json::find_object(source_.root, "Resources");
        if (resources == nullptr)
            return {};
        for (auto const& [id, resource] : *resources)
            if (auto const* members = resource.if_object())
                read_roles(*members);
        for (auto const& [id, resource] : *resources)
            if (auto const* members = resource.if_object())
                read(std::string(std::string_view(id)), *members);
        return std::move(out_);
    }

  private:
    result<value> resolved(value const& what, std::string const& path) const {
        name_scope const names{
            [this](std::string_view name) -> std::optional<value> {
                if (auto const* known = known_.if_contains(name))
                    return *known;
                return is_declared(name) ? std::optional(value(name)) : std::nullopt;
            },
            [this](std::string_view resource, std::string_view attribute) -> std::optional<value> {
                if (!is_declared(resource))
                    return {};
                return value(std::string(resource) + "." + std::string(attribute));
            }};
        return resolve(simplify(what), path, source_, names);
    }

    /// A resource, or a parameter without default. A transform may add resources.
    bool is_declared(std::string_view name) const {
        for (auto const* section : {"Resources", "Parameters"}) {
            auto const* named = json::find_object(source_.root, section);
            if (named != nullptr && named->contains(name))
                return true;
        }
        return source_.root.contains("Transform");
    }

    std::string text_of(value const* what) const {
        if (what == nullptr)
            return {};
        auto const found = resolved(*what, "");
        return found && found->is_string() ? std::string(found->get_string()) : std::string();
    }

    /// AWS::Cognito::IdentityPoolRoleAttachment: which role for whom.
    void read_roles(object const& resource) {
        if (json::find_string(resource, "Type") != "AWS::Cognito::IdentityPoolRoleAttachment")
            return;
        auto const* properties = json::find_object(resource, "Properties");
        auto const* roles = properties ? json::find_object(*properties, "Roles") : nullptr;
        if (roles == nullptr)
            return;
        auto const pool = text_of(properties->if_contains("IdentityPoolId"));
        for (auto const* amr : {"authenticated", "unauthenticated"}) {
            auto const role = text_of(roles->if_contains(amr));
            // `Role.Arn`, by logical ID.
            if (role.ends_with(".Arn"))
                handed_out_[role.substr(0, role.size() - 4)] = {pool, amr};
        }
    }

    void read(std::string const& id, object const& resource) {
        auto const type = json::find_string(resource, "Type").value_or("");
        auto const* properties = json::find_object(resource, "Properties");
        if (properties == nullptr)
            return;
        auto const path = member_path(member_path("Resources", id), "Properties");
        if (type == "AWS::IoT::Policy")
            add(id, kind::iot, "", *properties, "PolicyDocument", path);
        if (type == "AWS::IAM::ManagedPolicy")
            add(id, kind::managed, "", *properties, "PolicyDocument", path);
        if (type == "AWS::IAM::Policy" || type == "AWS::IAM::RolePolicy")
            add(id, kind::role_inline, "", *properties, "PolicyDocument", path);
        if (type != "AWS::IAM::Role")
            return;
        add(id, kind::trust, "", *properties, "AssumeRolePolicyDocument", path);
        auto const* policies = json::find_array(*properties, "Policies");
        for (std::size_t i = 0; policies != nullptr && i < policies->size(); ++i)
            if (auto const* each = (*policies)[i].if_object())
                add(id, kind::role_inline, text_of(each->if_contains("PolicyName")), *each,
                    "PolicyDocument", element_path(member_path(path, "Policies"), i));
    }

    void add(std::string const& id, kind what, std::string name, object const& of,
             std::string_view member, std::string const& path) {
        auto const* document = of.if_contains(member);
        if (document == nullptr)
            return;
        template_policy made{id, what, std::move(name), member_path(path, member)};
        auto const found = resolved(*document, made.path);
        if (!found)
            made.unresolved = found.error();
        else
            made.text = found->is_string() ? std::string(found->get_string()) : json::print(*found);
        if (auto const role = handed_out_.find(id);
            what == kind::trust && role != handed_out_.end()) {
            if (!role->second.identity_pool.empty())
                made.identity_pool = role->second.identity_pool;
            made.amr = role->second.amr;
        }
        out_.push_back(std::move(made));
    }

    template_source const& source_;
    /// Pseudo parameters, and parameters with a default.
    object known_;
    /// By the role's logical ID.
    std::map<std::string, handed_out, std::less<>> handed_out_;
    std::vector<template_policy> out_;
};

} // namespace

std::vector<template_policy> find_policies(template_source const& source, std::string_view region,
                                           std::string_view account) {
    return finder(source, region, account).run();
}

std::string path_of_pointer(std::string_view document_path, std::string_view pointer) {
    std::string out(document_path);
    auto const tokens = split(pointer, '/');
    for (std::size_t i = 1; i < tokens.size(); ++i) {
        bool const is_index = !tokens[i].empty() &&
                              tokens[i].find_first_not_of("0123456789") == std::string_view::npos;
        out = is_index ? out + "[" + std::string(tokens[i]) + "]"
                       : member_path(out, json::read_pointer_token(tokens[i]));
    }
    return out;
}

} // namespace cogniot::local
