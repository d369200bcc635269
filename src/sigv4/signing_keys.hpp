// Signing keys lately derived. One is the same for all requests of a secret key, a day, a region
// and a service: whoever verifies many saves four HMACs for each.
// @source IAM user guide, "Create a signed AWS API request", step 4
#pragma once

#include "base/secret.hpp"
#include "crypto/digest.hpp"
#include "sigv4/sigv4.hpp"

#include <string>
#include <string_view>
#include <unordered_map>

namespace cogniot::sigv4 {

class signing_keys {
  public:
    /// @param date  YYYYMMDD
    crypto::digest256 find(secret const& secret_access_key, std::string_view date, scope const&);

  private:
    /// By secret key, date, region and service. As secret as the secret keys themselves.
    std::unordered_map<std::string, crypto::digest256> known_;
};

} // namespace cogniot::sigv4
