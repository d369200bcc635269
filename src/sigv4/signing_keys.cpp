#include "sigv4/signing_keys.hpp"

#include "sigv4/canonical.hpp"

namespace cogniot::sigv4 {
namespace {

/// More than this are forgotten together: the next request of each derives its own again.
constexpr std::size_t most_keys = 4096;

} // namespace

crypto::digest256 signing_keys::find(secret const& secret_access_key, std::string_view date,
                                     scope const& in) {
    // Secret keys have no line feed in them, nor the parts of a scope a slash.
    auto name = secret_access_key.reveal() + '\n' + scope_text(date, in);
    if (auto const known = known_.find(name); known != known_.end())
        return known->second;
    if (known_.size() >= most_keys)
        known_.clear();
    return known_.emplace(std::move(name), signing_key(secret_access_key, date, in)).first->second;
}

} // namespace cogniot::sigv4
