#include "base/error_category.hpp"
#include "sigv4/sigv4.hpp"

namespace cogniot::sigv4 {

std::string_view describe(errc e) {
    switch (e) {
    case errc::lifetime_out_of_range:
        return "the lifetime is not between 1 and 604800 seconds";
    case errc::host_empty:
        return "there is no host to sign for";
    case errc::header_not_signed:
        return "an x-amz- header is not signed";
    case errc::authorization_missing:
        return "the request is not signed";
    case errc::authorization_incomplete:
        return "a part of the signature is missing";
    case errc::algorithm_unknown:
        return "the signature's algorithm is not AWS4-HMAC-SHA256";
    case errc::scope_malformed:
        return "the credential scope is malformed";
    case errc::date_malformed:
        return "the signing date cannot be read";
    case errc::scope_date_differs:
        return "the credential scope is of another day than the signing date";
    case errc::signed_header_absent:
        return "a signed header is not in the request";
    case errc::host_not_signed:
        return "the host header is not signed";
    case errc::expired:
        return "the signature has expired";
    case errc::not_yet_valid:
        return "the signature is not valid yet";
    case errc::signature_differs:
        return "the signature does not match the request";
    case errc::body_hash_differs:
        return "the body is not the one whose hash was signed";
    case errc::duplicate_parameter:
        return "a signing parameter is given twice";
    }
    return "unknown";
}

error_code make_error_code(errc e) {
    return enum_code("sigv4", e);
}

} // namespace cogniot::sigv4
