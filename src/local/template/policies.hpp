// Every policy document that a template holds, resolved as far as it can be without a cloud: for
// tools that check a template before it is deployed. Pure.
// @source AWS CloudFormation user guide, AWS::IAM::Role, AWS::IAM::Policy, AWS::IAM::RolePolicy,
// AWS::IAM::ManagedPolicy, AWS::IoT::Policy, AWS::Cognito::IdentityPoolRoleAttachment
#pragma once

#include "local/template/source.hpp"
#include "policy/document.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::local {

struct template_policy {
    std::string logical_id;
    policy::kind what = policy::kind::role_inline;
    /// Of an inline policy; empty for others.
    std::string name{};
    /// The document's member: `Resources.Role.Properties.Policies[0].PolicyDocument`.
    std::string path{};
    /// JSON; empty if it cannot be told without deploying.
    std::string text{};
    /// Why not. template_errc::reference_unknown: CloudFormation will not know the name, either.
    std::optional<error> unresolved{};
    /// Of a trust policy whose role an identity pool of the template hands out: the pool as the
    /// document would name it, and `authenticated` or `unauthenticated`.
    std::optional<std::string> identity_pool{};
    std::optional<std::string> amr{};
};

/// What stands for the stack's own region and account where none is given.
inline constexpr std::string_view region_of_the_stack = "AWS-Region";
inline constexpr std::string_view account_of_the_stack = "AWS-AccountId";

/// Parameters have their defaults, or their names; references to resources the logical ID; of
/// `Fn::If` the first branch counts; what is imported or mapped is its function's name.
std::vector<template_policy> find_policies(template_source const&, std::string_view region,
                                           std::string_view account);

/// The path of a member of a document from its JSON Pointer: `Statement[0].Resource` for
/// `/Statement/0/Resource`.
std::string path_of_pointer(std::string_view document_path, std::string_view pointer);

} // namespace cogniot::local
