// What the entries of AWSIotLogsV2 say of one client's troubles: entries in, causes out. A local
// cloud's entries carry their explanation; AWS's are explained here, with the same texts and the
// same engine. Nothing is called proven that the entries do not prove. Pure.
//
// @source AWS IoT developer guide, "CloudWatch log entries"; spec iot-broker 3.3, 5.3, 8.2
#pragma once

#include "base/result.hpp"
#include "client/doctor/asked.hpp"
#include "client/doctor/double_lock.hpp"
#include "client/doctor/log_entry.hpp"
#include "client/errors.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::client::doctor {

struct log_cause {
    std::string says{};
    std::string remedy{};
    /// False: something points to it, or it was so and is no longer.
    bool is_proven = false;
    error_code code{};
    /// How many entries say so, and when the last did.
    std::size_t count = 1;
    utc_time last{};
    /// That entry as it stands.
    std::string entry{};
};

/// Stands for the client IDs that the broker gave to clients that came without one.
inline constexpr std::string_view generated_client_ids = "$GEN/*";

/// Whose entries they are.
struct log_facts {
    /// Or `generated_client_ids`: those of the principal alone.
    std::string client_id{};
    /// `AROA…:CognitoIdentityCredentials`; empty if it is not known.
    std::string principal_id{};
    /// Host of the IoT endpoint.
    std::string host{};
    /// The will that the client is said to connect with.
    std::optional<doctor::will> will{};
    /// The client is the doctor itself, which has no will but what `will` says.
    bool is_probe = false;
    /// The policies as they stand; null if nobody could look.
    double_lock const* locks = nullptr;
};

/// Whether the entry is the client's, or that of a refused handshake at its host, which names none.
bool concerns(log_entry const&, log_facts const&);

/// What this entry proves.
log_cause make_cause(log_entry const&, std::string says, std::string remedy, errc);

/// @param entries  of this client ID, and refused handshakes of anybody; oldest first
/// @return each cause once: proven ones first, and the latest first
std::vector<log_cause> explain_log(std::vector<log_entry> const& entries, log_facts const&);

/// The same of one refused handshake (Connection.AuthNError), which names no client.
log_cause explain_refused_handshake(log_entry const&);

} // namespace cogniot::client::doctor
