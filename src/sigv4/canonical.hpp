// The texts a signature is made of, step by step. Internal to this folder.
//
// @source IAM user guide, "Create a signed AWS API request"; checked against aws-c-auth and
// botocore by tests/diff/signing_test.py.
#pragma once

#include "crypto/digest.hpp"
#include "sigv4/sigv4.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::sigv4 {

inline constexpr std::string_view algorithm_name = "AWS4-HMAC-SHA256";
inline constexpr std::string_view scope_terminator = "aws4_request";

/// Dot segments and empty segments removed, then encoded once more (`%3A` becomes `%253A`).
std::string canonical_path(std::string_view wire_path);

/// `decoded` is the rule; `verbatim` leaves names and values as they stand on the wire.
enum class query_reading { decoded, verbatim };

/// A piece between `&`s, split at the first `=`; nothing is decoded.
struct wire_parameter {
    std::string_view whole;
    std::string_view name;
    std::string_view value;
};
/// Every piece, empty ones too.
std::vector<wire_parameter> split_query(std::string_view wire_query);
/// Percent-decodes; what is not an escape stays as it is.
std::string decode_leniently(std::string_view wire);

/// Sorted by name, then value. Parameters whose decoded name `leave_out` accepts are left out.
std::string canonical_query(std::string_view wire_query, query_reading,
                            std::function<bool(std::string_view)> const& leave_out = {});

/// Appends `value` without white space at its ends and with one space for each run within.
void append_trimmed(std::string& to, std::string_view value);

/// All values of a header, trimmed, joined by commas in order of arrival. `name` in lower case.
/// @return false if the request has no such header.
bool append_header_values(std::string& to, header_list const& headers, std::string_view name);

/// True for headers that clients and proxies change on the way: no client signs them.
bool is_changed_on_the_way(std::string_view lower_case_name);

/// `name:value\n` for each name. An empty `host` means the one in `headers`.
/// @errors signed_header_absent
result<std::string> canonical_headers(header_list const& headers,
                                      std::vector<std::string> const& names,
                                      std::string_view host = {});

/// Lines 1 to 6 of the canonical request, put together.
std::string canonical_request(std::string_view method, std::string_view path,
                              std::string_view query, std::string_view headers,
                              std::string_view signed_headers, std::string_view payload_hash);

/// `20260102/ap-northeast-1/iotdevicegateway/aws4_request`
std::string scope_text(std::string_view date, scope const& in);
std::string string_to_sign(std::string_view at_text, std::string_view scope,
                           std::string_view canonical_request);
crypto::digest256 signing_key(secret const& secret_access_key, std::string_view date,
                              scope const& in);
/// Fills the signature in.
stages sign_stages(std::string canonical, std::string_view at_text, std::string_view scope,
                   crypto::digest256 const& key);

/// `a;b;c`
std::string join_names(std::vector<std::string> const& names);
/// hex(SHA-256(body)).
std::string body_hash(std::string_view body);

} // namespace cogniot::sigv4
