// The local cloud's certificate authority and the server certificate it issues (ECDSA P-256).
#pragma once

#include "base/result.hpp"
#include "base/utc_time.hpp"
#include "crypto/errors.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cogniot::crypto {

/// A certificate and its private key, both PEM.
struct certified_key {
    std::string certificate_pem;
    std::string private_key_pem;
};

/// A self-signed CA, valid from a day before `now` for ten years.
certified_key make_authority(std::string_view common_name, utc_time now);

/// A server certificate signed by `authority`, valid from a day before `now` for 397 days
/// (what browsers accept at most), but not longer than the authority.
/// @param dns_names, ip_addresses  subject alternative names, e.g. {"localhost"}, {"127.0.0.1",
/// "::1"}
/// @errors errc::not_a_key, errc::not_a_certificate if the authority cannot be read
result<certified_key> issue_server_certificate(certified_key const& authority,
                                               std::vector<std::string> const& dns_names,
                                               std::vector<std::string> const& ip_addresses,
                                               utc_time now);

/// Whether both can be read and the private key is the certificate's own.
bool is_pair(certified_key const&);

/// Whether the first certificate of a PEM text was signed with the authority's key.
bool is_issued_by(std::string_view certificate_pem, std::string_view authority_pem);

/// When the first certificate of a PEM text stops being valid.
result<utc_time> certificate_expiry(std::string_view certificate_pem);

} // namespace cogniot::crypto
