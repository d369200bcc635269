#include "client/aws_wiring.hpp"

#include "client/errors.hpp"

namespace cogniot::client {
namespace {

net::task<result<sigv4::credentials>> keys_of(backend_credentials& from) {
    auto getting = from.get();
    auto found = co_await std::move(getting);
    if (!found)
        co_return found.error();
    co_return found->keys;
}

} // namespace

result<aws_settings> find_endpoints(aws_config const& config, setting_values const& values) {
    aws_settings out{.region = config.region().value_or(region_of(values)),
                     .max_attempts = config.max_attempts()};
    if (out.region.empty())
        return fail(errc::setting_missing,
                    "`--region` (or AWS_REGION, or `region` in ~/.aws/config) is not set");
    out.regions = {
        {service::cognito_idp, region_of_pool(values.user_pool_id.value_or(""))},
        {service::cognito_identity, region_of_pool(values.identity_pool_id.value_or(""))},
        {service::iot, region_of_iot_endpoint(values.iot_endpoint.value_or(""))}};
    std::erase_if(out.regions, [](auto const& entry) { return entry.second.empty(); });
    // What a device does is logged where its endpoint is. IAM has one endpoint and one signing
    // region a partition.
    out.regions[service::logs] = out.region_for(service::iot);
    out.regions[service::iam] = out.region.starts_with("cn-") ? "cn-north-1" : "us-east-1";
    for (auto const s : all_services) {
        auto parsed =
            net::parse_base_url(config.endpoint(std::string(service_name(s)), out.region_for(s)));
        if (!parsed)
            return parsed.error();
        out.endpoints.emplace(s, std::move(*parsed));
    }
    return out;
}

result<std::shared_ptr<net::client_tls const>> find_trust(aws_config const& config) {
    std::optional<std::filesystem::path> bundle;
    if (auto const& path = config.ca_bundle())
        bundle = *path;
    return net::client_tls::make(bundle);
}

credentials_source source_of(backend_credentials& from) {
    return {.find = [&from] { return keys_of(from); }, .distrust = [&from] { from.forget(); }};
}

} // namespace cogniot::client
