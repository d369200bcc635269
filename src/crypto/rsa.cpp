#include "crypto/rsa.hpp"

#include "crypto/errors.hpp"
#include "crypto/openssl_handles.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

namespace cogniot::crypto {

struct rsa_key::handle {
    pkey_ptr key;
};

namespace {

std::string number(EVP_PKEY const* key, char const* parameter) {
    BIGNUM* read = nullptr;
    expect(EVP_PKEY_get_bn_param(key, parameter, &read) == 1, "read an RSA key");
    bignum_ptr const value(read);
    std::string out(static_cast<std::size_t>(BN_num_bytes(value.get())), '\0');
    BN_bn2bin(value.get(), bytes_of(out));
    return out;
}

bignum_ptr to_bignum(std::string_view big_endian) {
    return bignum_ptr(
        BN_bin2bn(bytes_of(big_endian), static_cast<int>(big_endian.size()), nullptr));
}

/// Empty if the numbers do not make a public key.
pkey_ptr make_public_key(std::string_view modulus, std::string_view exponent) {
    bignum_ptr const n = to_bignum(modulus);
    bignum_ptr const e = to_bignum(exponent);
    std::unique_ptr<OSSL_PARAM_BLD, freed_by<OSSL_PARAM_BLD_free>> const builder(
        OSSL_PARAM_BLD_new());
    expect(n && e && builder &&
               OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
               OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1,
           "hold an RSA key");
    std::unique_ptr<OSSL_PARAM, freed_by<OSSL_PARAM_free>> const params(
        OSSL_PARAM_BLD_to_param(builder.get()));
    pkey_context_ptr const context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    EVP_PKEY* made = nullptr;
    if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
        ERR_clear_error();
        return nullptr;
    }
    return pkey_ptr(made);
}

} // namespace

rsa_key rsa_key::generate() {
    pkey_ptr key(EVP_RSA_gen(2048));
    expect(key != nullptr, "make an RSA key");
    return rsa_key(std::make_shared<handle const>(handle{std::move(key)}));
}

result<rsa_key> rsa_key::parse_pem(std::string_view pem) {
    pkey_ptr key = read_private_key(pem);
    if (!key)
        return fail(errc::not_a_key, "the text has no unencrypted PEM private key");
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA)
        return fail(errc::not_a_key, "the key is not an RSA key");
    if (EVP_PKEY_get_bits(key.get()) != 2048)
        return fail(errc::not_a_key, "the RSA key has " +
                                         std::to_string(EVP_PKEY_get_bits(key.get())) +
                                         " bits, not 2048");
    return rsa_key(std::make_shared<handle const>(handle{std::move(key)}));
}

std::string rsa_key::print_pem() const {
    return write_private_key(key_->key.get());
}

std::string rsa_key::sign(std::string_view message) const {
    digest_context_ptr const context(EVP_MD_CTX_new());
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_->key.get())), '\0');
    std::size_t size = signature.size();
    expect(context &&
               EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr,
                                     key_->key.get(), nullptr) == 1 &&
               EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(message),
                              message.size()) == 1,
           "sign with RSA");
    signature.resize(size);
    return signature;
}

std::string rsa_key::modulus() const {
    return number(key_->key.get(), OSSL_PKEY_PARAM_RSA_N);
}
std::string rsa_key::exponent() const {
    return number(key_->key.get(), OSSL_PKEY_PARAM_RSA_E);
}

bool verify_rs256(std::string_view modulus, std::string_view exponent, std::string_view message,
                  std::string_view signature) {
    // RFC 7518 section 3.3 asks for 2048 bits or more; above 16384 OpenSSL refuses (it is costly).
    if (modulus.size() < 256 || modulus.size() > 2048 || exponent.empty() || exponent.size() > 8)
        return false;
    pkey_ptr const key = make_public_key(modulus, exponent);
    digest_context_ptr const context(EVP_MD_CTX_new());
    bool const good = key && context &&
                      EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr,
                                              key.get(), nullptr) == 1 &&
                      EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                                       bytes_of(message), message.size()) == 1;
    if (!good)
        ERR_clear_error();
    return good;
}

} // namespace cogniot::crypto
