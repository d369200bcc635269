#include "cloud/sts/description.hpp"

#include "cloud/not_built.hpp"
#include "cloud/sts/operations.hpp"
#include "cloud/sts/session.hpp"
#include "json/parse.hpp"

#include <boost/json/object.hpp>

#include <array>

namespace cogniot::cloud::sts {

namespace {

constexpr std::string_view all_operations[]{
#include "cloud/sts/aws_operations.inc"
};

std::string wanted_role(call const&, json::object const& input) {
    return std::string(json::find_string(input, "RoleArn").value_or("*"));
}

} // namespace

service const& description() {
    static std::array const rows{
        operation{
            .name = "GetCallerIdentity", .run = &get_caller_identity, .needs_no_permission = true},
        operation{
            .name = "GetSessionToken", .run = &get_session_token, .needs_no_permission = true},
        operation{.name = "AssumeRole", .run = &assume_role, .resource = &wanted_role},
        operation{.name = "AssumeRoleWithWebIdentity",
                  .run = &assume_role_with_web_identity,
                  .unsigned_call = true,
                  .resource = &wanted_role},
    };
    static auto const not_built = list_not_built(all_operations, rows);
    static service const sts{.name = "sts",
                             .form = wire::query_xml,
                             .api_version = "2011-06-15",
                             .xml_namespace = "https://sts.amazonaws.com/doc/2011-06-15/",
                             .operations = rows,
                             .not_built = not_built,
                             .validation_error = validation_error};
    return sts;
}

} // namespace cogniot::cloud::sts
