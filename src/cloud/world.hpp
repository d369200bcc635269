// Everything the local cloud knows, service by service. Owned by one thread.
#pragma once

#include "cloud/cognito_identity/state.hpp"
#include "cloud/cognito_idp/state.hpp"
#include "cloud/iam/state.hpp"
#include "cloud/iot/state.hpp"
#include "cloud/logs/state.hpp"
#include "cloud/policy_lag.hpp"
#include "cloud/sts/state.hpp"
#include "crypto/rsa.hpp"
#include "crypto/x509.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace cogniot::cloud {

/// What is fixed when the local cloud starts.
struct settings {
    std::string account = "123456789012";
    std::string region = "ap-northeast-1";
    /// What iot:DescribeEndpoint answers: `localhost:PORT`.
    std::string iot_endpoint{};
    /// The account's root access key.
    std::string root_access_key_id = "test";
    std::string root_secret_access_key = "test";
    /// What AWSIotLogsV2 gets until SetV2LoggingOptions is called.
    iot::logging_defaults iot_logging{};
    /// Who signs devices' certificates.
    crypto::certified_key device_authority{};
    /// Makes an RSA key for a user pool or a device; the shell may keep some ready.
    std::function<crypto::rsa_key()> make_signing_key = &crypto::rsa_key::generate;
};

struct world {
    cloud::settings settings;
    cognito_idp::state cognito_idp;
    cognito_identity::state cognito_identity;
    iam::state iam;
    sts::state sts;
    iot::state iot;
    logs::state logs;
    /// Changes of policies that do not take effect yet; not kept.
    policy_lag lag;

    /// Puts back one record at start; false if the kind belongs to nobody here.
    /// @errors json::errc or policy::errc when a record cannot be read: the data is damaged.
    result<bool> restore(std::string_view kind, std::string_view key, std::string_view value);
};

} // namespace cogniot::cloud
