// From AWS's own configuration to what the steps take: where the APIs are, and whose keys sign.
#pragma once

#include "client/aws_config.hpp"
#include "client/backend_credentials.hpp"
#include "client/credentials_source.hpp"
#include "client/settings.hpp"

namespace cogniot::client {

/// The APIs as configured, else AWS's own in each pool's region; region and retries.
/// @errors setting_missing when no source names a region; those of net::parse_base_url
result<aws_settings> find_endpoints(aws_config const&, setting_values const&);

/// Whom to trust: the configured CA bundle, else the system's roots.
result<std::shared_ptr<net::client_tls const>> find_trust(aws_config const&);

/// The backend's credentials as the steps ask for them. `from` outlives the source.
credentials_source source_of(backend_credentials& from);

} // namespace cogniot::client
