#include "identity/errors.hpp"

#include "base/error_category.hpp"

namespace cogniot::identity {

std::string_view describe(errc e) {
    switch (e) {
    case errc::not_a_token:
        return "not a JSON Web Token";
    case errc::algorithm_not_supported:
        return "the token is not signed with RS256";
    case errc::not_base32:
        return "not base32";
    }
    return "unknown";
}

error_code make_error_code(errc e) {
    return enum_code("identity", e);
}

} // namespace cogniot::identity
