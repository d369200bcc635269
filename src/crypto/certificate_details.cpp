#include "crypto/certificate_details.hpp"

#include "base/text.hpp"
#include "crypto/certificate_parts.hpp"
#include "crypto/digest.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <array>

namespace cogniot::crypto {
namespace {

using attributes = std::vector<certificate_attribute>;

struct known_attribute {
    int nid;
    std::string_view kind;
};
constexpr std::array<known_attribute, 13> known_attributes{
    {{NID_dnQualifier, "DistinguishedNameQualifier"},
     {NID_countryName, "Country"},
     {NID_organizationName, "Organization"},
     {NID_organizationalUnitName, "OrganizationalUnit"},
     {NID_stateOrProvinceName, "State"},
     {NID_commonName, "CommonName"},
     {NID_serialNumber, "SerialNumber"},
     {NID_title, "Title"},
     {NID_surname, "Surname"},
     {NID_givenName, "GivenName"},
     {NID_initials, "Initials"},
     {NID_pseudonym, "Pseudonym"},
     {NID_generationQualifier, "GenerationQualifier"}}};

std::string text_of(ASN1_STRING const* in) {
    unsigned char* utf8 = nullptr;
    int const size = ASN1_STRING_to_UTF8(&utf8, in);
    if (size < 0) {
        ERR_clear_error();
        return {};
    }
    std::string text(reinterpret_cast<char const*>(utf8), static_cast<std::size_t>(size));
    OPENSSL_free(utf8);
    return text;
}

attributes read_name(X509_NAME const* name) {
    attributes out;
    for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
        auto const* const entry = X509_NAME_get_entry(name, i);
        int const nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
        for (auto const& known : known_attributes)
            if (known.nid == nid)
                out.push_back({known.kind, text_of(X509_NAME_ENTRY_get_data(entry))});
    }
    return out;
}

std::string address_of(ASN1_OCTET_STRING const* in) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    int const size = ASN1_STRING_length(in);
    if (size != 4 && size != 16)
        return {};
    inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(in), text.data(), text.size());
    return text.data();
}

std::string line_of(X509_NAME const* name) {
    bio_ptr const out(BIO_new(BIO_s_mem()));
    expect(out != nullptr, "write to memory");
    X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
    return contents(out.get());
}

attributes read_alternatives(X509 const* certificate, int which) {
    std::unique_ptr<GENERAL_NAMES, freed_by<GENERAL_NAMES_free>> const names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, which, nullptr, nullptr)));
    attributes out;
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        auto const* const one = sk_GENERAL_NAME_value(names.get(), i);
        switch (one->type) {
        case GEN_EMAIL:
            out.push_back({"RFC822Name", text_of(one->d.rfc822Name)});
            break;
        case GEN_DNS:
            out.push_back({"DNSName", text_of(one->d.dNSName)});
            break;
        case GEN_URI:
            out.push_back({"UniformResourceIdentifier", text_of(one->d.uniformResourceIdentifier)});
            break;
        case GEN_DIRNAME:
            out.push_back({"DirectoryName", line_of(one->d.directoryName)});
            break;
        case GEN_IPADD:
            out.push_back({"IPAddress", address_of(one->d.iPAddress)});
            break;
        default:
            break;
        }
    }
    ERR_clear_error();
    return out;
}

std::string serial_of(X509 const* certificate) {
    bignum_ptr const number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
    if (!number)
        return {};
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(number.get())), '\0');
    BN_bn2bin(number.get(), bytes_of(bytes));
    return encode_hex(bytes);
}

std::string der_of(X509 const* certificate) {
    unsigned char* der = nullptr;
    int const size = i2d_X509(certificate, &der);
    expect(size > 0, "write a certificate");
    std::string bytes(reinterpret_cast<char const*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return bytes;
}

} // namespace

std::string certificate_id(std::string_view der) {
    return encode_hex(sha256(der).view());
}

result<certificate_details> read_certificate_details(std::string_view pem) {
    auto const read = read_certificate(pem);
    if (!read)
        return fail(errc::not_a_certificate, "the text has no PEM `CERTIFICATE`");
    X509* const certificate = read.get();
    auto const from = find_time(X509_get0_notBefore(certificate));
    auto const to = find_time(X509_get0_notAfter(certificate));
    if (!from || !to)
        return fail(errc::not_a_certificate, "its validity has no beginning or no end");
    return certificate_details{
        .id = certificate_id(der_of(certificate)),
        .pem = write_certificate(certificate),
        .serial_number = serial_of(certificate),
        .not_before = *from,
        .not_after = *to,
        .subject = read_name(X509_get_subject_name(certificate)),
        .issuer = read_name(X509_get_issuer_name(certificate)),
        .subject_alternatives = read_alternatives(certificate, NID_subject_alt_name),
        .issuer_alternatives = read_alternatives(certificate, NID_issuer_alt_name)};
}

} // namespace cogniot::crypto
