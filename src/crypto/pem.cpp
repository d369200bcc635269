#include "crypto/openssl_handles.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

namespace cogniot::crypto {

std::string contents(BIO* memory) {
    char* data = nullptr;
    long const size = BIO_get_mem_data(memory, &data);
    return {data, static_cast<std::size_t>(size)};
}

pkey_ptr read_private_key(std::string_view pem) {
    bio_ptr const in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    expect(in != nullptr, "read from memory");
    // Without this callback OpenSSL would ask for a passphrase on the terminal.
    auto const no_passphrase = [](char*, int, int, void*) { return -1; };
    pkey_ptr key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr));
    if (!key)
        ERR_clear_error();
    return key;
}

std::string write_private_key(EVP_PKEY const* key) {
    bio_ptr const out(BIO_new(BIO_s_mem()));
    expect(out && PEM_write_bio_PKCS8PrivateKey(out.get(), const_cast<EVP_PKEY*>(key), nullptr,
                                                nullptr, 0, nullptr, nullptr) == 1,
           "write a private key");
    return contents(out.get());
}

} // namespace cogniot::crypto
