#include "crypto/x509.hpp"

#include "crypto/certificate_parts.hpp"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace cogniot::crypto {
namespace {

using std::chrono::days;

pkey_ptr make_key() {
    pkey_ptr key(EVP_EC_gen("P-256"));
    expect(key != nullptr, "make a P-256 key");
    return key;
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
    auto const by = read_issuer(authority);
    if (!by)
        return by.error();

    pkey_ptr const key = make_key();
    // A day back, for clocks that are behind; a chain is no longer valid than its authority.
    utc_time const from = now - days(1);
    certificate_ptr const certificate = begin_certificate(
        key.get(), from, std::min(from + days(397), expiry_of(by->certificate.get())));
    X509* const leaf = certificate.get();
    set_subject(leaf, dns_names.empty() ? "localhost" : std::string_view(dns_names.front()));
    expect(X509_set_issuer_name(leaf, X509_get_subject_name(by->certificate.get())) == 1,
           "name a certificate");
    add_extension(leaf, by->certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
    add_extension(leaf, by->certificate.get(), NID_key_usage, "critical,digitalSignature");
    add_extension(leaf, by->certificate.get(), NID_ext_key_usage, "serverAuth");
    add_extension(leaf, by->certificate.get(), NID_subject_key_identifier, "hash");
    add_extension(leaf, by->certificate.get(), NID_authority_key_identifier, "keyid:always");
    std::string const names = alternative_names(dns_names, ip_addresses);
    if (!names.empty())
        add_extension(leaf, by->certificate.get(), NID_subject_alt_name, names);
    sign_certificate(leaf, by->key.get());
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
