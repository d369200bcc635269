#include "local/dispatch.hpp"

#include "base/text.hpp"
#include "local/wire_query.hpp"
#include "local/wire_rest.hpp"

#include <algorithm>

namespace cogniot::local {
namespace {

cloud::service const* find_by_target(std::string_view target) {
    auto const prefix = target.substr(0, target.rfind('.'));
    for (auto const* s : cloud::all_services())
        if (s->form == cloud::wire::json_1_1 && s->target_prefix == prefix)
            return s;
    return nullptr;
}

cloud::service const* find_by_form(form_fields const& fields) {
    std::string_view action, version;
    for (auto const& [name, value] : fields) {
        if (name == "Action")
            action = value;
        if (name == "Version")
            version = value;
    }
    for (auto const* s : cloud::all_services())
        if (s->form == cloud::wire::query_xml && s->api_version == version)
            return s;
    for (auto const* s : cloud::all_services()) {
        if (s->form != cloud::wire::query_xml)
            continue;
        if (std::ranges::find(s->operations, action, &cloud::operation::name) !=
                s->operations.end() ||
            std::ranges::find(s->not_built, action) != s->not_built.end())
            return s;
    }
    return nullptr;
}

cloud::service const* find_by_path(std::string_view path) {
    // The data plane owns its paths; `/things/NAME/shadow` is not the control plane's.
    for (std::string_view name : {"iotdata", "iot"})
        if (auto const* s = find_service(name); s != nullptr && has_path(*s, path))
            return s;
    return nullptr;
}

cloud::service const* find_by_host(std::string_view host) {
    auto const label = to_lower(host.substr(0, host.find('.')));
    if (label.starts_with("data-ats") || label.ends_with("-ats") || label == "data")
        return find_service("iotdata");
    return find_service(label);
}

} // namespace

cloud::service const* find_service(std::string_view name) {
    for (auto const* s : cloud::all_services())
        if (is_scope_of(*s, name))
            return s;
    return nullptr;
}

bool is_scope_of(cloud::service const& service, std::string_view scope_service) {
    // Until 2024 the SDKs signed the control plane for `execute-api` (botocore 1.29: iot model,
    // signingName), and AWS still takes it.
    return service.name == scope_service ||
           (service.name == "iotdata" && scope_service == "iotdevicegateway") ||
           (service.name == "iot" && scope_service == "execute-api");
}

destination find_destination(net::http_request const& request, std::string_view scope_service) {
    if (auto const target = request.headers.find("x-amz-target")) {
        if (auto const* s = find_by_target(*target))
            return {s, s->form};
        return {nullptr, cloud::wire::json_1_1, std::string(target->substr(0, target->rfind('.')))};
    }
    auto const form = find_form(request);
    auto const shape = form ? cloud::wire::query_xml : cloud::wire::rest_json;
    if (!scope_service.empty()) {
        auto const* s = find_service(scope_service);
        // A presigned GET of IAM or STS carries no form but its scope says enough.
        if (s != nullptr)
            return {s, s->form};
        return {nullptr, shape, std::string(scope_service)};
    }
    if (form) {
        auto const* s = find_by_form(*form);
        return {s, cloud::wire::query_xml};
    }
    if (auto const* s = find_by_path(request.path()))
        return {s, s->form};
    if (auto const* s = find_by_host(request.headers.find("host").value_or("")))
        return {s, s->form};
    return {nullptr, cloud::wire::rest_json};
}

destination find_device_destination(net::http_request const& request) {
    auto const* const plane = find_service("iotdata");
    return {has_path(*plane, request.path()) ? plane : nullptr, cloud::wire::rest_json};
}

} // namespace cogniot::local
