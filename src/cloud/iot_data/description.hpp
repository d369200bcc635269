// AWS IoT's data plane (`iotdata`, `iotdevicegateway`) as a table of operations.
#pragma once

#include "cloud/service.hpp"

namespace cogniot::cloud::iot_data {

service const& description();

} // namespace cogniot::cloud::iot_data
