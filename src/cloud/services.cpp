// The services of the local cloud, in the order of dispatch.
#include "cloud/cognito_identity/description.hpp"
#include "cloud/cognito_idp/description.hpp"
#include "cloud/iam/description.hpp"
#include "cloud/iot/description.hpp"
#include "cloud/iot_data/description.hpp"
#include "cloud/logs/description.hpp"
#include "cloud/service.hpp"
#include "cloud/sts/description.hpp"

#include <array>

namespace cogniot::cloud {

std::span<service const* const> all_services() {
    static std::array<service const*, 7> const services{
        &cognito_idp::description(), &cognito_identity::description(),
        &iam::description(),         &sts::description(),
        &iot::description(),         &logs::description(),
        &iot_data::description()};
    return services;
}

} // namespace cogniot::cloud
