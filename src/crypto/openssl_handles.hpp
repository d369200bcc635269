// Owners of OpenSSL objects. Included by this folder's .cpp files alone: no OpenSSL type leaves it.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cogniot::crypto {

template <auto Free>
struct freed_by {
    template <typename T>
    void operator()(T* object) const {
        Free(object);
    }
};

using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;
using bignum_ptr = std::unique_ptr<BIGNUM, freed_by<BN_free>>;
using pkey_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using pkey_context_ptr = std::unique_ptr<EVP_PKEY_CTX, freed_by<EVP_PKEY_CTX_free>>;
using digest_context_ptr = std::unique_ptr<EVP_MD_CTX, freed_by<EVP_MD_CTX_free>>;
using mac_context_ptr = std::unique_ptr<EVP_MAC_CTX, freed_by<EVP_MAC_CTX_free>>;
using certificate_ptr = std::unique_ptr<X509, freed_by<X509_free>>;

/// For calls that fail only when memory or the library itself is gone.
inline void expect(bool succeeded, char const* what) {
    if (!succeeded)
        throw std::runtime_error(std::string("OpenSSL cannot ") + what);
}

/// The digest, fetched once: fetching by name at each use costs more than hashing a short text.
EVP_MD const* sha256_method();

inline unsigned char const* bytes_of(std::string_view text) {
    return reinterpret_cast<unsigned char const*>(text.data());
}
inline unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

/// The first thing of its kind in `pem`; empty if there is none, or if it is encrypted.
/// @param read  OpenSSL's reader of that kind, e.g. PEM_read_bio_X509
template <auto Free, typename T>
std::unique_ptr<T, freed_by<Free>> read_pem(T* (*read)(BIO*, T**, pem_password_cb*, void*),
                                            std::string_view pem) {
    bio_ptr const in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    expect(in != nullptr, "read from memory");
    // Without this callback OpenSSL would ask for a passphrase on the terminal.
    auto const no_passphrase = [](char*, int, int, void*) { return -1; };
    std::unique_ptr<T, freed_by<Free>> found(read(in.get(), nullptr, no_passphrase, nullptr));
    if (!found)
        ERR_clear_error();
    return found;
}
/// Reads a PEM private key of any kind; empty if it is not one (encrypted keys are not).
pkey_ptr read_private_key(std::string_view pem);
/// PKCS#8 PEM, not encrypted.
std::string write_private_key(EVP_PKEY const* key);
/// What a memory BIO holds.
std::string contents(BIO* memory);

} // namespace cogniot::crypto
