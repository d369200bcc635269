// Credentials that were issued and to whom: what a signature is verified against.
// @source AWS STS API reference, "Credentials"; IAM user guide, "IAM identifiers" (ASIA keys)
#pragma once

#include "base/record.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/utc_time.hpp"
#include "cloud/principal.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace cogniot::cloud::sts {

/// One set of temporary credentials.
struct issued {
    /// `ASIA` and 16 upper-case letters or digits; also the key of the map.
    std::string access_key_id{};
    secret secret_access_key;
    secret session_token;
    utc_time expiry{};
    std::shared_ptr<principal const> who;
};

struct state {
    /// By access key ID.
    std::map<std::string, issued, std::less<>> credentials{};

    /// Takes back a record of kind `credentials`; false for any other kind.
    /// @errors json::errc or policy::errc: the record is damaged
    result<bool> restore(std::string_view kind, std::string_view key, std::string_view value);
};

/// The record that keeps them; handed back to restore() at the next start.
record print_record(issued const&);

} // namespace cogniot::cloud::sts
