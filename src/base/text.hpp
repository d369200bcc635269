// Bytes as text: hexadecimal, base64, percent-encoding, UTF-8.
//
// A sequence of bytes is a std::string / std::string_view throughout the project, whether or not
// it is text: sockets, SQLite, OpenSSL and Boost all take (pointer, size) of char.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot {

/// Lower-case hexadecimal.
std::string encode_hex(std::string_view bytes);
/// Nothing if the length is odd or a digit is not hexadecimal.
std::optional<std::string> decode_hex(std::string_view text);

/// RFC 4648 base64 with padding.
std::string encode_base64(std::string_view bytes);
/// Strict: padding required, no white space.
std::optional<std::string> decode_base64(std::string_view text);
/// RFC 4648 base64url without padding, as in JSON Web Tokens.
std::string encode_base64url(std::string_view bytes);
/// Takes unpadded base64url only.
std::optional<std::string> decode_base64url(std::string_view text);

/// Percent-encodes everything but A-Z a-z 0-9 - . _ ~ (RFC 3986 unreserved), upper-case hex.
/// Whether `/` is encoded too; SigV4 keeps it in paths.
enum class slash { encode, keep };
std::string percent_encode(std::string_view bytes, slash = slash::encode);
/// Decodes %XX once. Nothing if a `%` is not followed by two hexadecimal digits. `+` stays `+`.
std::optional<std::string> percent_decode(std::string_view text);

/// Well-formed UTF-8 without surrogates (RFC 3629). NUL is allowed; callers that forbid it say so.
bool is_utf8(std::string_view bytes);

/// ASCII only; other bytes stay.
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);
std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char at);
/// Foreign input as logs and errors quote it, well-formed UTF-8 whatever it is: control characters
/// and bytes that are no UTF-8 become \xNN. At most `limit` source bytes, whole characters, then an
/// ellipsis.
std::string printable(std::string_view foreign, std::size_t limit = 200);

} // namespace cogniot
