// Time-based one-time passwords as authenticator apps compute them: HMAC-SHA1, 30 s, 6 digits.
// @source RFC 6238; RFC 4226; RFC 4648 section 6 (base32)
#pragma once

#include "base/random_source.hpp"
#include "base/result.hpp"
#include "base/utc_time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cogniot::identity {

/// Base32 without padding, as Cognito's SecretCode.
std::string encode_base32(std::string_view bytes);
/// Takes either case, with or without padding. @errors errc::not_base32
result<std::string> decode_base32(std::string_view text);

/// A new shared secret: 32 random bytes, in base32 (52 characters).
std::string make_totp_secret(random_source&);

/// Which 30 s step an instant is in.
std::int64_t totp_step(utc_time);
/// The six digits of a step. @param secret  bytes, not base32
std::string totp_code(std::string_view secret, std::int64_t step);

/// The step whose code this is, one step around `now` on either side, and later than `after`: a
/// code that was accepted is spent.
std::optional<std::int64_t> find_totp_step(std::string_view secret, std::string_view code,
                                           utc_time now, std::int64_t after);

} // namespace cogniot::identity
