#include "crypto/openssl_handles.hpp"

namespace cogniot::crypto {

std::string contents(BIO* memory) {
    char* data = nullptr;
    long const size = BIO_get_mem_data(memory, &data);
    return {data, static_cast<std::size_t>(size)};
}

pkey_ptr read_private_key(std::string_view pem) {
    return read_pem<EVP_PKEY_free>(PEM_read_bio_PrivateKey, pem);
}

std::string write_private_key(EVP_PKEY const* key) {
    bio_ptr const out(BIO_new(BIO_s_mem()));
    expect(out && PEM_write_bio_PKCS8PrivateKey(out.get(), const_cast<EVP_PKEY*>(key), nullptr,
                                                nullptr, 0, nullptr, nullptr) == 1,
           "write a private key");
    return contents(out.get());
}

} // namespace cogniot::crypto
