#include "crypto/digest.hpp"

#include "crypto/openssl_handles.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>

namespace cogniot::crypto {

EVP_MD const* sha256_method() {
    // Lives as long as the process; OpenSSL's own exit handler may run before ours.
    static EVP_MD const* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    expect(method != nullptr, "provide SHA-256");
    return method;
}

digest256 sha256(std::string_view message) {
    // Contexts are kept per thread: making one costs as much as hashing a short text.
    thread_local digest_context_ptr const context(EVP_MD_CTX_new());
    digest256 out;
    expect(context && EVP_DigestInit_ex2(context.get(), sha256_method(), nullptr) == 1 &&
               EVP_DigestUpdate(context.get(), message.data(), message.size()) == 1 &&
               EVP_DigestFinal_ex(context.get(), out.bytes.data(), nullptr) == 1,
           "compute SHA-256");
    return out;
}

namespace {

mac_context_ptr make_hmac_context(char const* digest_name) {
    static EVP_MAC* const method = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    expect(method != nullptr, "provide HMAC");
    mac_context_ptr context(EVP_MAC_CTX_new(method));
    OSSL_PARAM const params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(digest_name), 0),
        OSSL_PARAM_construct_end()};
    expect(context && EVP_MAC_CTX_set_params(context.get(), params) == 1, "prepare HMAC");
    return context;
}

void compute_hmac(EVP_MAC_CTX* context, std::string_view key, std::string_view message,
                  unsigned char* out, std::size_t size) {
    // A null key would mean "the previous key"; an empty one must stay an empty one.
    static unsigned char const nothing = 0;
    std::size_t written = 0;
    expect(EVP_MAC_init(context, key.empty() ? &nothing : bytes_of(key), key.size(), nullptr) ==
                   1 &&
               EVP_MAC_update(context, bytes_of(message), message.size()) == 1 &&
               EVP_MAC_final(context, out, &written, size) == 1 && written == size,
           "compute HMAC");
}

} // namespace

digest256 hmac_sha256(std::string_view key, std::string_view message) {
    thread_local mac_context_ptr const context = make_hmac_context("SHA256");
    digest256 out;
    compute_hmac(context.get(), key, message, out.bytes.data(), out.bytes.size());
    return out;
}

std::string hmac_sha1(std::string_view key, std::string_view message) {
    thread_local mac_context_ptr const context = make_hmac_context("SHA1");
    std::string out(20, '\0');
    compute_hmac(context.get(), key, message, bytes_of(out), out.size());
    return out;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace cogniot::crypto
