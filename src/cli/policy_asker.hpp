// Who asks and what is tried, as flags or a test file give it, made into what the locks take:
// checked, with region and account filled in from what is there.
#pragma once

#include "cli/policy_files.hpp"
#include "cloud/offline.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cogniot::cli {

struct asker {
    /// `REGION:UUID`
    std::string identity{};
    /// The identity ID if not given.
    std::optional<std::string> client_id{};
    bool guest = false;
    /// `arn:aws:iam::ACCOUNT:role/NAME`
    std::optional<std::string> role{};
    std::optional<std::string> identity_pool{};
    /// The identity ID's if not given.
    std::optional<std::string> region{};
    /// The one the documents name most often if not given.
    std::optional<std::string> account{};
    std::optional<std::string> source_ip{};
    std::optional<std::string> thing{};
    std::optional<std::string> thing_type{};
    /// `NAME=VALUE`
    std::vector<std::string> thing_attributes{};
};

/// What is tried: `connect`, `publish`, `subscribe` or `receive`.
struct try_out {
    std::string verb{};
    std::optional<std::string> topic{};
    bool retain = false;
    bool persistent = false;
    std::optional<std::string> will_topic{};
};

struct prepared_setup {
    cloud::offline_setup setup{};
    /// `from the identity ID`, `--region`
    std::string region_source{};
    std::string account_source{};
};

/// @errors a detail that names what cannot be used and what to give instead
result<prepared_setup> prepare(asker const&, policy_files roles, policy_files iots);
result<cloud::attempt> prepare(try_out const&);

} // namespace cogniot::cli
