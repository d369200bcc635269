// Certificates for devices, as AWS IoT issues them: for a key made on the spot, or for a signing
// request of the device's own.
// @source AWS IoT developer guide, "Create AWS IoT client certificates"
#pragma once

#include "base/result.hpp"
#include "base/utc_time.hpp"
#include "crypto/rsa.hpp"
#include "crypto/x509.hpp"

#include <string>
#include <string_view>

namespace cogniot::crypto {

/// A key pair with its certificate, all PEM. The private key is in the traditional form (`BEGIN RSA
/// PRIVATE KEY`), as AWS hands it out.
struct device_credentials {
    std::string certificate_pem{};
    std::string public_key_pem{};
    std::string private_key_pem{};
};

/// Valid from two minutes before `now` until the end of 2049, for `CN=AWS IoT Certificate`.
/// @errors errc::not_a_key, errc::not_a_certificate if the authority cannot be read
result<device_credentials> issue_device_certificate(certified_key const& authority, rsa_key const&,
                                                    utc_time now);

/// The same for the key and the subject of a PKCS#10 request (PEM): RSA of at least 2048 bits, or
/// an elliptic curve P-256, P-384 or P-521.
/// @return the certificate, PEM
/// @errors errc::not_a_request with what is wrong; errc::not_a_key, errc::not_a_certificate
result<std::string> issue_for_request(certified_key const& authority, std::string_view request_pem,
                                      utc_time now);

} // namespace cogniot::crypto
