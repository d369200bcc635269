// Who a client certificate belongs to: the first question of a connection by mutual TLS, MQTT or
// HTTPS.
// @source AWS IoT developer guide, "X.509 client certificates", "Diagnosing connectivity issues";
// spec iot-broker 1.5, 1.7
#pragma once

#include "base/utc_time.hpp"
#include "cloud/principal.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace cogniot::cloud {
struct world;
}

namespace cogniot::cloud::iot {

/// Either `who`, or why nobody: AWSIotLogsV2's reason and details, and words that say what to do.
struct device_check {
    std::shared_ptr<principal const> who{};
    std::string_view reason{};
    std::string_view details{};
    std::string explanation{};
    /// Of the certificate that was shown; empty if none was.
    std::string certificate_id{};
};

/// @param certificate_der  what the client showed, and has the key of; empty if nothing
/// @param region  the one that certificates are looked up in
device_check check_device(world const&, std::string_view region, std::string_view certificate_der,
                          utc_time now);

} // namespace cogniot::cloud::iot
