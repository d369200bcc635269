#include "crypto/x509.hpp"

#include "crypto/openssl_handles.hpp"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

namespace cogniot::crypto {
namespace {

using std::chrono::days;

pkey_ptr make_key() {
    pkey_ptr key(EVP_EC_gen("P-256"));
    expect(key != nullptr, "make a P-256 key");
    return key;
}

certificate_ptr read_certificate(std::string_view pem) {
    bio_ptr const in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    expect(in != nullptr, "read from memory");
    certificate_ptr certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
    if (!certificate)
        ERR_clear_error();
    return certificate;
}

std::string write_certificate(X509* certificate) {
    bio_ptr const out(BIO_new(BIO_s_mem()));
    expect(out && PEM_write_bio_X509(out.get(), certificate) == 1, "write a certificate");
    return contents(out.get());
}

/// A version 3 certificate with a random serial number and everything but names, extensions and
/// signature. The serial is positive and 127 bits long (CA/Browser Forum asks for 64 random bits).
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

void set_subject(X509* certificate, std::string_view common_name) {
    X509_NAME* const name = X509_get_subject_name(certificate);
    auto const add = [&](char const* field, std::string_view value) {
        expect(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, bytes_of(value),
                                          static_cast<int>(value.size()), -1, 0) == 1,
               "name a certificate");
    };
    add("O", "cogniot local cloud");
    add("CN", common_name);
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

/// `DNS:localhost,IP:127.0.0.1`. The names come from our own code, never from a peer.
std::string alternative_names(std::vector<std::string> const& dns_names,
                              std::vector<std::string> const& ip_addresses) {
    std::string text;
    for (std::string const& name : dns_names)
        text += (text.empty() ? "DNS:" : ",DNS:") + name;
    for (std::string const& address : ip_addresses)
        text += (text.empty() ? "IP:" : ",IP:") + address;
    return text;
}

void sign_certificate(X509* certificate, EVP_PKEY* with) {
    expect(X509_sign(certificate, with, sha256_method()) > 0, "sign a certificate");
}

utc_time expiry_of(X509 const* certificate) {
    std::tm parts{};
    expect(ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) == 1, "read a time");
    auto const date = std::chrono::year_month_day(std::chrono::year(parts.tm_year + 1900),
                                                  std::chrono::month(parts.tm_mon + 1U),
                                                  std::chrono::day(parts.tm_mday + 0U));
    return std::chrono::sys_days(date) + std::chrono::hours(parts.tm_hour) +
           std::chrono::minutes(parts.tm_min) + std::chrono::seconds(parts.tm_sec);
}

} // namespace

certified_key make_authority(std::string_view common_name, utc_time now) {
    pkey_ptr const key = make_key();
    certificate_ptr const certificate =
        begin_certificate(key.get(), now - days(1), now + days(3652));
    set_subject(certificate.get(), common_name);
    expect(X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get())) == 1,
           "name a certificate");
    X509* const self = certificate.get();
    add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(self, self, NID_subject_key_identifier, "hash");
    sign_certificate(self, key.get());
    return {write_certificate(self), write_private_key(key.get())};
}

result<certified_key> issue_server_certificate(certified_key const& authority,
                                               std::vector<std::string> const& dns_names,
                                               std::vector<std::string> const& ip_addresses,
                                               utc_time now) {
    certificate_ptr const issuer = read_certificate(authority.certificate_pem);
    if (!issuer)
        return fail(errc::not_a_certificate, "the authority's certificate cannot be read");
    pkey_ptr const issuer_key = read_private_key(authority.private_key_pem);
    if (!issuer_key)
        return fail(errc::not_a_key, "the authority's private key cannot be read");
    if (X509_check_private_key(issuer.get(), issuer_key.get()) != 1) {
        ERR_clear_error();
        return fail(errc::not_a_key, "the private key is not the one of the authority");
    }

    pkey_ptr const key = make_key();
    // A day back, for clocks that are behind; a chain is no longer valid than its authority.
    utc_time const from = now - days(1);
    certificate_ptr const certificate =
        begin_certificate(key.get(), from, std::min(from + days(397), expiry_of(issuer.get())));
    X509* const leaf = certificate.get();
    set_subject(leaf, dns_names.empty() ? "localhost" : std::string_view(dns_names.front()));
    expect(X509_set_issuer_name(leaf, X509_get_subject_name(issuer.get())) == 1,
           "name a certificate");
    add_extension(leaf, issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
    add_extension(leaf, issuer.get(), NID_key_usage, "critical,digitalSignature");
    add_extension(leaf, issuer.get(), NID_ext_key_usage, "serverAuth");
    add_extension(leaf, issuer.get(), NID_subject_key_identifier, "hash");
    add_extension(leaf, issuer.get(), NID_authority_key_identifier, "keyid:always");
    std::string const names = alternative_names(dns_names, ip_addresses);
    if (!names.empty())
        add_extension(leaf, issuer.get(), NID_subject_alt_name, names);
    sign_certificate(leaf, issuer_key.get());
    return certified_key{write_certificate(leaf), write_private_key(key.get())};
}

bool is_pair(certified_key const& pair) {
    certificate_ptr const certificate = read_certificate(pair.certificate_pem);
    pkey_ptr const key = read_private_key(pair.private_key_pem);
    bool const belong =
        certificate && key && X509_check_private_key(certificate.get(), key.get()) == 1;
    ERR_clear_error();
    return belong;
}

bool is_issued_by(std::string_view certificate_pem, std::string_view authority_pem) {
    certificate_ptr const certificate = read_certificate(certificate_pem);
    certificate_ptr const authority = read_certificate(authority_pem);
    bool const issued = certificate && authority &&
                        X509_verify(certificate.get(), X509_get0_pubkey(authority.get())) == 1;
    ERR_clear_error();
    return issued;
}

result<utc_time> certificate_expiry(std::string_view certificate_pem) {
    certificate_ptr const certificate = read_certificate(certificate_pem);
    if (!certificate)
        return fail(errc::not_a_certificate, "the text has no PEM certificate");
    return expiry_of(certificate.get());
}

} // namespace cogniot::crypto
