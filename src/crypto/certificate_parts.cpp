#include "crypto/certificate_parts.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>

namespace cogniot::crypto {

result<issuer> read_issuer(certified_key const& authority) {
    issuer by{read_certificate(authority.certificate_pem),
              read_private_key(authority.private_key_pem)};
    if (!by.certificate)
        return fail(errc::not_a_certificate, "the authority's certificate cannot be read");
    if (!by.key)
        return fail(errc::not_a_key, "the authority's private key cannot be read");
    if (X509_check_private_key(by.certificate.get(), by.key.get()) != 1) {
        ERR_clear_error();
        return fail(errc::not_a_key, "the private key is not the one of the authority");
    }
    return by;
}

certificate_ptr read_certificate(std::string_view pem) {
    return read_pem<X509_free>(PEM_read_bio_X509, pem);
}

std::string write_certificate(X509* certificate) {
    bio_ptr const out(BIO_new(BIO_s_mem()));
    expect(out && PEM_write_bio_X509(out.get(), certificate) == 1, "write a certificate");
    return contents(out.get());
}

certificate_ptr begin_certificate(EVP_PKEY* key, utc_time from, utc_time to) {
    certificate_ptr certificate(X509_new());
    std::array<unsigned char, 16> serial{};
    expect(certificate && RAND_bytes(serial.data(), serial.size()) == 1, "make a certificate");
    serial[0] = static_cast<unsigned char>((serial[0] & 0x3F) | 0x40);
    bignum_ptr const number(BN_bin2bn(serial.data(), serial.size(), nullptr));
    expect(number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get())) &&
               X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
               ASN1_TIME_set(X509_getm_notBefore(certificate.get()), epoch_seconds(from)) &&
               ASN1_TIME_set(X509_getm_notAfter(certificate.get()), epoch_seconds(to)) &&
               X509_set_pubkey(certificate.get(), key) == 1,
           "make a certificate");
    return certificate;
}

void add_extension(X509* certificate, X509* issuer, int which, std::string const& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>> const extension(
        X509V3_EXT_conf_nid(nullptr, &context, which, value.c_str()));
    expect(extension && X509_add_ext(certificate, extension.get(), -1) == 1,
           "extend a certificate");
}

void sign_certificate(X509* certificate, EVP_PKEY* with) {
    expect(X509_sign(certificate, with, sha256_method()) > 0, "sign a certificate");
}

std::optional<utc_time> find_time(ASN1_TIME const* at) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(at, &parts) != 1) {
        ERR_clear_error();
        return {};
    }
    auto const date = std::chrono::year_month_day(std::chrono::year(parts.tm_year + 1900),
                                                  std::chrono::month(parts.tm_mon + 1U),
                                                  std::chrono::day(parts.tm_mday + 0U));
    return std::chrono::sys_days(date) + std::chrono::hours(parts.tm_hour) +
           std::chrono::minutes(parts.tm_min) + std::chrono::seconds(parts.tm_sec);
}

utc_time expiry_of(X509 const* certificate) {
    auto const at = find_time(X509_get0_notAfter(certificate));
    expect(at.has_value(), "read a time");
    return *at;
}

} // namespace cogniot::crypto
