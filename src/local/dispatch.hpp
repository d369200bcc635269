// Which service a request on the shared port is for.
//
// Order: X-Amz-Target, the credential scope's service, Action and Version of a form, the path, the
// first label of Host. @source spec cognito-iam-sigv4 1.1
#pragma once

#include "cloud/service.hpp"
#include "net/http.hpp"

#include <string>
#include <string_view>

namespace cogniot::local {

/// By its name in credential scopes; null if there is none.
cloud::service const* find_service(std::string_view name);

struct destination {
    /// Null if nothing says which service is meant, or one that is not here.
    cloud::service const* service = nullptr;
    /// The form in which a refusal is understood even without a service.
    cloud::wire form = cloud::wire::rest_json;
    /// The name that was asked for when it is not known, e.g. `s3`.
    std::string unknown_name{};
};

/// @param scope_service  the service of the credential scope; empty for unsigned requests
destination find_destination(net::http_request const&, std::string_view scope_service);

/// On a connection for devices: AWS IoT's data plane by its path, whatever else the request says.
destination find_device_destination(net::http_request const&);

/// Whether a signature for `scope_service` is good for `service`: AWS IoT's data plane has two
/// names, `iotdata` and `iotdevicegateway`.
bool is_scope_of(cloud::service const&, std::string_view scope_service);

} // namespace cogniot::local
