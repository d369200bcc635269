// What making a certificate is made of, whoever it is for. Included by this folder's .cpp files
// alone.
#pragma once

#include "base/result.hpp"
#include "base/utc_time.hpp"
#include "crypto/openssl_handles.hpp"
#include "crypto/x509.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cogniot::crypto {

/// An authority that can sign: its certificate and the key that belongs to it.
struct issuer {
    certificate_ptr certificate;
    pkey_ptr key;
};
/// @errors errc::not_a_key, errc::not_a_certificate
result<issuer> read_issuer(certified_key const& authority);

/// The first certificate of a PEM text; empty if there is none.
certificate_ptr read_certificate(std::string_view pem);
std::string write_certificate(X509*);

/// A version 3 certificate with a random serial number and everything but names, extensions and
/// signature. The serial is positive and 127 bits long (CA/Browser Forum asks for 64 random bits).
certificate_ptr begin_certificate(EVP_PKEY*, utc_time from, utc_time to);

/// @param which  a NID_…; `value` is OpenSSL's configuration text for it
void add_extension(X509* certificate, X509* issuer, int which, std::string const& value);

void sign_certificate(X509*, EVP_PKEY* with);

/// Nothing if it is not a time.
std::optional<utc_time> find_time(ASN1_TIME const*);
utc_time expiry_of(X509 const*);

} // namespace cogniot::crypto
