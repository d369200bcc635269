// The local cloud's CA and server certificate: made on the first start, kept in the data directory.
#pragma once

#include "base/result.hpp"
#include "crypto/x509.hpp"

#include <filesystem>

namespace cogniot::local {

struct server_identity {
    crypto::certified_key server;
    /// The CA itself, which also signs devices' certificates.
    crypto::certified_key authority;
    /// Absolute path of ca.pem, for clients to trust.
    std::filesystem::path ca_file;
};

/// Reads ca.pem, ca.key, server.pem and server.key from `directory`. Makes the CA if there is
/// nothing of it, and a server certificate if there is none that fits: it is broken, of another CA,
/// or ends within 30 days. Covers localhost, 127.0.0.1 and ::1.
/// @param now  the system's time, whatever the local cloud's own clock says: clients check validity
/// @errors the system's, with the path; authority_not_whole when half of the CA is gone or broken
result<server_identity> prepare_certificates(std::filesystem::path const& directory, utc_time now);

} // namespace cogniot::local
