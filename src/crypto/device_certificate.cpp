#include "crypto/device_certificate.hpp"

#include "crypto/certificate_parts.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace cogniot::crypto {
namespace {

/// A little back, for devices and brokers whose clocks are behind.
constexpr std::chrono::minutes back_dated{2};

utc_time end_of_validity() {
    return *parse_extended("2049-12-31T23:59:59Z");
}

std::string issue(issuer const& by, X509_NAME const* subject, EVP_PKEY* key, utc_time now) {
    auto const made = begin_certificate(key, now - back_dated, end_of_validity());
    X509* const leaf = made.get();
    X509* const authority = by.certificate.get();
    expect(X509_set_subject_name(leaf, subject) == 1 &&
               X509_set_issuer_name(leaf, X509_get_subject_name(authority)) == 1,
           "name a certificate");
    add_extension(leaf, authority, NID_authority_key_identifier, "keyid:always");
    add_extension(leaf, authority, NID_subject_key_identifier, "hash");
    add_extension(leaf, authority, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(leaf, authority, NID_key_usage, "critical,digitalSignature");
    sign_certificate(leaf, by.key.get());
    return write_certificate(leaf);
}

template <typename Write>
std::string write_pem(Write write, char const* what) {
    bio_ptr const out(BIO_new(BIO_s_mem()));
    expect(out && write(out.get()) == 1, what);
    return contents(out.get());
}

/// What AWS IoT does not sign.
std::optional<std::string> find_fault(EVP_PKEY const* key) {
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
        return EVP_PKEY_get_bits(key) >= 2048
                   ? std::nullopt
                   : std::optional<std::string>("its RSA key has " +
                                                std::to_string(EVP_PKEY_get_bits(key)) +
                                                " bits; at least 2048 are due");
    char curve[64] = {};
    bool const is_curve = EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
                          EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, curve,
                                                         sizeof curve, nullptr) == 1;
    std::string_view const name = curve;
    if (is_curve && (name == "prime256v1" || name == "secp384r1" || name == "secp521r1"))
        return {};
    return "its key is neither RSA nor on one of the curves P-256, P-384 and P-521";
}

} // namespace

result<device_credentials> issue_device_certificate(certified_key const& authority,
                                                    rsa_key const& key, utc_time now) {
    auto const by = read_issuer(authority);
    if (!by)
        return by.error();
    pkey_ptr const own = read_private_key(key.print_pem());
    expect(own != nullptr, "read a key that it wrote");
    std::unique_ptr<X509_NAME, freed_by<X509_NAME_free>> const subject(X509_NAME_new());
    expect(subject && X509_NAME_add_entry_by_txt(subject.get(), "CN", MBSTRING_UTF8,
                                                 bytes_of(std::string_view("AWS IoT Certificate")),
                                                 -1, -1, 0) == 1,
           "name a certificate");
    device_credentials made{.certificate_pem = issue(*by, subject.get(), own.get(), now)};
    made.public_key_pem = write_pem([&](BIO* out) { return PEM_write_bio_PUBKEY(out, own.get()); },
                                    "write a public key");
    made.private_key_pem = write_pem(
        [&](BIO* out) {
            return PEM_write_bio_PrivateKey_traditional(out, own.get(), nullptr, nullptr, 0,
                                                        nullptr, nullptr);
        },
        "write a private key");
    return made;
}

result<std::string> issue_for_request(certified_key const& authority, std::string_view request_pem,
                                      utc_time now) {
    auto const by = read_issuer(authority);
    if (!by)
        return by.error();
    auto const request = read_pem<X509_REQ_free>(PEM_read_bio_X509_REQ, request_pem);
    EVP_PKEY* const key = request ? X509_REQ_get0_pubkey(request.get()) : nullptr;
    bool const is_whole = key != nullptr && X509_REQ_verify(request.get(), key) == 1;
    ERR_clear_error();
    if (!request)
        return fail(errc::not_a_request, "the text has no PEM `CERTIFICATE REQUEST`");
    if (!is_whole)
        return fail(errc::not_a_request, "it is not signed by the key that it names");
    if (auto fault = find_fault(key))
        return fail(errc::not_a_request, std::move(*fault));
    return issue(*by, X509_REQ_get_subject_name(request.get()), key, now);
}

} // namespace cogniot::crypto
