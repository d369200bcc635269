#include "local/template/resource_type.hpp"

#include "local/template/resource_tables.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace cogniot::local {

resource_type const* find_resource_type(std::string_view name) {
    for (auto const table :
         {cognito_resource_types(), iam_and_iot_resource_types(), device_resource_types()})
        for (auto const& type : table)
            if (type.name == name)
                return &type;
    return nullptr;
}

cloud::outcome<boost::json::object> invoke(cloud::call& call, std::string_view service,
                                           std::string_view operation,
                                           boost::json::object const& input) {
    for (auto const* each : cloud::all_services()) {
        if (each->name != service)
            continue;
        for (auto const& row : each->operations)
            if (row.name == operation)
                return row.run(call, input);
    }
    return cloud::api_error{"UnknownOperationException", 501,
                            std::string(service) + " has no " + std::string(operation) + " yet"};
}

cloud::outcome<void> run(cloud::call& call, std::string_view service, std::string_view operation,
                         boost::json::object const& input) {
    auto done = invoke(call, service, operation, input);
    if (!done)
        return done.error();
    return {};
}

boost::json::object copy_members(boost::json::object const& from,
                                 std::span<std::string_view const> names) {
    boost::json::object out;
    for (auto const& name : names)
        if (auto const* found = from.if_contains(name))
            out.emplace(name, *found);
    return out;
}

std::string string_of(boost::json::object const& in, std::string_view member) {
    auto const* found = in.if_contains(member);
    return found != nullptr && found->is_string() ? std::string(found->get_string())
                                                  : std::string{};
}

} // namespace cogniot::local
