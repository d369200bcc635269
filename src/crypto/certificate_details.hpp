// What a certificate says about itself, in AWS IoT's names, and the ID under which AWS IoT knows
// it.
// @source RFC 5280; AWS IoT developer guide, "X.509 certificate AWS IoT Core policy variables"
#pragma once

#include "base/result.hpp"
#include "base/utc_time.hpp"
#include "crypto/errors.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cogniot::crypto {

/// `CommonName`, `Organization`, …; `DNSName`, `RFC822Name`, … in an alternative name. Kinds that
/// AWS IoT has no name for are left out.
struct certificate_attribute {
    std::string_view kind;
    std::string value;
    friend bool operator==(certificate_attribute const&, certificate_attribute const&) = default;
};

struct certificate_details {
    /// SHA-256 of the DER form: 64 lower-case hexadecimal digits.
    std::string id;
    /// The certificate alone, as PEM, whatever stood around it.
    std::string pem;
    /// Lower-case hexadecimal.
    std::string serial_number;
    utc_time not_before{};
    utc_time not_after{};
    /// In their order in the certificate.
    std::vector<certificate_attribute> subject{};
    std::vector<certificate_attribute> issuer{};
    std::vector<certificate_attribute> subject_alternatives{};
    std::vector<certificate_attribute> issuer_alternatives{};
};

/// Reads the first certificate of a PEM text. @errors errc::not_a_certificate
result<certificate_details> read_certificate_details(std::string_view pem);

/// The ID of a certificate in DER form.
std::string certificate_id(std::string_view der);

} // namespace cogniot::crypto
