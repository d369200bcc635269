#include "crypto/errors.hpp"

#include "base/error_category.hpp"

namespace cogniot::crypto {

std::string_view describe(errc e) {
    switch (e) {
    case errc::not_a_key:
        return "not a private key that can be used";
    case errc::not_a_certificate:
        return "not a certificate";
    case errc::not_a_request:
        return "not a certificate signing request that can be granted";
    }
    return "unknown";
}

error_code make_error_code(errc e) {
    return enum_code("crypto", e);
}

} // namespace cogniot::crypto
