// A device's certificate as the registry knows it. The private key is never here: it is given out
// once and forgotten.
// @source AWS IoT API reference, CertificateDescription; AWS IoT developer guide, "X.509 client
// certificates"
#pragma once

#include "base/record.hpp"
#include "base/utc_time.hpp"
#include "cloud/stored.hpp"
#include "crypto/certificate_details.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cogniot::cloud::iot {

struct certificate {
    std::string region{};
    std::string arn{};
    /// ACTIVE, INACTIVE or REVOKED. Transfers and just-in-time registration, which have states of
    /// their own, are not here.
    std::string status{};
    /// DEFAULT, or SNI_ONLY if it was registered without a CA.
    std::string mode{};
    /// A UUID that changes with the certificate.
    std::string generation{};
    utc_time created{};
    utc_time modified{};
    /// From 1; rises with each update.
    std::int64_t customer_version = 1;
    crypto::certificate_details details{};

    bool is_active() const { return status == "ACTIVE"; }
};

inline constexpr std::string_view certificate_kind = "iot_certificate";

/// What print_record() kept; faults are noted in the argument.
certificate restore_certificate(stored_object&);
record print_record(certificate const&);
record forget(certificate const&);

} // namespace cogniot::cloud::iot
