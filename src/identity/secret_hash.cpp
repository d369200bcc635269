#include "identity/secret_hash.hpp"

#include "base/text.hpp"
#include "crypto/digest.hpp"

namespace cogniot::identity {

std::string make_secret_hash(std::string_view client_secret, std::string_view username,
                             std::string_view client_id) {
    std::string message(username);
    message += client_id;
    return encode_base64(crypto::hmac_sha256(client_secret, message).view());
}

bool is_secret_hash(std::string_view hash, std::string_view client_secret,
                    std::string_view username, std::string_view client_id) {
    return crypto::equal_in_constant_time(hash,
                                          make_secret_hash(client_secret, username, client_id));
}

} // namespace cogniot::identity
