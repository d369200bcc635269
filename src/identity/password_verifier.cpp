#include "identity/password_verifier.hpp"

#include "crypto/digest.hpp"
#include "identity/srp.hpp"

#include <array>

namespace cogniot::identity {

namespace {

std::string verifier_of(password_owner owner, std::string_view salt, std::string_view password) {
    return srp::public_value(srp::private_key(owner, salt, password)).bytes();
}

} // namespace

password_verifier make_password_verifier(password_owner owner, std::string_view password,
                                         random_source& random) {
    std::array<unsigned char, 16> bytes{};
    random.fill(bytes);
    std::string salt(reinterpret_cast<char const*>(bytes.data()), bytes.size());
    auto verifier = verifier_of(owner, salt, password);
    return {.salt = std::move(salt), .verifier = std::move(verifier)};
}

bool is_password(password_owner owner, password_verifier const& known, std::string_view password) {
    return !known.empty() &&
           crypto::equal_in_constant_time(known.verifier, verifier_of(owner, known.salt, password));
}

} // namespace cogniot::identity
