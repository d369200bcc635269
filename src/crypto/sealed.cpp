#include "crypto/sealed.hpp"

#include "crypto/openssl_handles.hpp"

#include <cassert>

namespace cogniot::crypto {

namespace {

constexpr std::size_t key_bytes = 32;
constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;

using cipher_context_ptr = std::unique_ptr<EVP_CIPHER_CTX, freed_by<EVP_CIPHER_CTX_free>>;

int length_of(std::string_view text) {
    return static_cast<int>(text.size());
}

} // namespace

std::string seal(std::string_view key, std::string_view purpose, std::string_view plain,
                 random_source& random) {
    assert(key.size() == key_bytes && "a sealing key has 32 bytes");
    std::string out(nonce_bytes + plain.size() + tag_bytes, '\0');
    auto* const nonce = bytes_of(out);
    random.fill({nonce, nonce_bytes});
    auto* const ciphertext = nonce + nonce_bytes;

    cipher_context_ptr const context(EVP_CIPHER_CTX_new());
    int written = 0;
    bool done =
        context != nullptr &&
        EVP_EncryptInit_ex2(context.get(), EVP_aes_256_gcm(), bytes_of(key), nonce, nullptr) == 1 &&
        EVP_EncryptUpdate(context.get(), nullptr, &written, bytes_of(purpose),
                          length_of(purpose)) == 1 &&
        EVP_EncryptUpdate(context.get(), ciphertext, &written, bytes_of(plain), length_of(plain)) ==
            1 &&
        EVP_EncryptFinal_ex(context.get(), ciphertext + plain.size(), &written) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes,
                            ciphertext + plain.size()) == 1;
    expect(done, "seal a value");
    return out;
}

std::optional<std::string> unseal(std::string_view key, std::string_view purpose,
                                  std::string_view sealed) {
    assert(key.size() == key_bytes && "a sealing key has 32 bytes");
    if (sealed.size() < nonce_bytes + tag_bytes)
        return {};
    auto const ciphertext = sealed.substr(nonce_bytes, sealed.size() - nonce_bytes - tag_bytes);
    std::string tag(sealed.substr(sealed.size() - tag_bytes));
    std::string plain(ciphertext.size(), '\0');

    cipher_context_ptr const context(EVP_CIPHER_CTX_new());
    int written = 0;
    bool const done =
        context != nullptr &&
        EVP_DecryptInit_ex2(context.get(), EVP_aes_256_gcm(), bytes_of(key), bytes_of(sealed),
                            nullptr) == 1 &&
        EVP_DecryptUpdate(context.get(), nullptr, &written, bytes_of(purpose),
                          length_of(purpose)) == 1 &&
        EVP_DecryptUpdate(context.get(), bytes_of(plain), &written, bytes_of(ciphertext),
                          length_of(ciphertext)) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_bytes, bytes_of(tag)) == 1 &&
        EVP_DecryptFinal_ex(context.get(), bytes_of(plain) + plain.size(), &written) == 1;
    if (!done)
        return {};
    return plain;
}

} // namespace cogniot::crypto
