#include "net/tls_context.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace cogniot::net {
namespace {

struct free_pem {
    void operator()(BIO* p) const { BIO_free(p); }
    void operator()(X509* p) const { X509_free(p); }
    void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
};
template <typename T>
using pem_ptr = std::unique_ptr<T, free_pem>;

pem_ptr<BIO> memory_of(std::string_view pem) {
    return pem_ptr<BIO>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

/// Without this callback OpenSSL would ask for a passphrase on the terminal.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

/// What both roles want: TLS 1.2 and later, buffers only while they are in use, no renegotiation.
void set_common_options(SSL_CTX* context) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_read_ahead(context, 1); // a record's header and body in one system call
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

/// A chain longer than this is no device's.
constexpr long max_client_chain_bytes = 32 * 1024;

/// Asks the client of one connection for a certificate, or does not.
void set_request(SSL* ssl, certificate_request ask) {
    SSL_set_verify(ssl, ask == certificate_request::always ? SSL_VERIFY_PEER : SSL_VERIFY_NONE,
                   nullptr);
}

/// Picks the server's first protocol that the client offers; none in common is not an error, for
/// HTTP/1.1 is spoken without ALPN too. Called before the server decides what to ask for.
int select_alpn(SSL* ssl, unsigned char const** out, unsigned char* out_size,
                unsigned char const* in, unsigned int in_size, void* argument) {
    auto const& ours = *static_cast<server_tls::inside const*>(argument);
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(
            &chosen, out_size, reinterpret_cast<unsigned char const*>(ours.alpn.data()),
            static_cast<unsigned>(ours.alpn.size()), in, in_size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    std::string_view const name(reinterpret_cast<char const*>(chosen), *out_size);
    for (auto const& one : ours.protocols)
        if (one.name == name)
            set_request(ssl, one.ask);
    return SSL_TLSEXT_ERR_OK;
}

/// The certificate of `pem` and those that follow it as its chain.
bool use_chain(SSL_CTX* context, std::string_view pem) {
    auto const from = memory_of(pem);
    pem_ptr<X509> leaf(PEM_read_bio_X509_AUX(from.get(), nullptr, no_passphrase, nullptr));
    if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1)
        return false;
    while (pem_ptr<X509> next{PEM_read_bio_X509(from.get(), nullptr, no_passphrase, nullptr)})
        if (SSL_CTX_add1_chain_cert(context, next.get()) != 1)
            return false;
    ERR_clear_error(); // the end of the text is reported as an error
    return true;
}

/// @param whose  for messages
result<void> use_pair(SSL_CTX* context, std::string_view certificate_pem,
                      std::string_view private_key_pem, std::string const& whose) {
    if (!use_chain(context, certificate_pem))
        return fail(errc::address_not_usable,
                    whose + " certificate cannot be used: " + openssl_fault());
    auto const key_text = memory_of(private_key_pem);
    pem_ptr<EVP_PKEY> key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, no_passphrase, nullptr));
    if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1 ||
        SSL_CTX_check_private_key(context) != 1)
        return fail(errc::address_not_usable,
                    whose + " private key cannot be used: " + openssl_fault());
    return {};
}

/// Each name with its length before it (RFC 7301).
result<std::string> alpn_wire_form(std::vector<std::string> const& names) {
    std::string out;
    for (auto const& name : names) {
        if (name.empty() || name.size() > 255)
            return fail(errc::address_not_usable, "an ALPN name has 1 to 255 bytes");
        out += static_cast<char>(name.size());
        out += name;
    }
    return out;
}

} // namespace

std::string openssl_fault() {
    auto const code = ERR_peek_last_error();
    char const* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
    std::string words = reason != nullptr ? reason : "unknown TLS error";
    // Of a file that cannot be read, the last word is `system lib`; the first one says why.
    if (auto const first = ERR_peek_error(); ERR_SYSTEM_ERROR(first))
        words = error_code(ERR_GET_REASON(first), boost::system::generic_category()).message();
    ERR_clear_error();
    return words;
}

client_tls::client_tls() : in_(std::make_unique<inside>()) {}
client_tls::~client_tls() = default;

result<std::shared_ptr<client_tls const>>
client_tls::make(std::optional<std::filesystem::path> ca_bundle,
                 std::optional<client_identity> const& own) {
    ERR_clear_error();
    std::shared_ptr<client_tls> made(new client_tls);
    made->in_->context.reset(SSL_CTX_new(TLS_client_method()));
    auto* context = made->in_->context.get();
    if (context == nullptr)
        return fail(errc::tls_handshake_failed, "OpenSSL cannot start: " + openssl_fault());
    set_common_options(context);
    if (ca_bundle) {
        if (SSL_CTX_load_verify_file(context, ca_bundle->c_str()) != 1)
            return fail(errc::address_not_usable, "cannot read CA certificates from `" +
                                                      ca_bundle->string() +
                                                      "`: " + openssl_fault());
    } else if (SSL_CTX_set_default_verify_paths(context) != 1) {
        return fail(errc::address_not_usable,
                    "cannot use the system's CA certificates: " + openssl_fault());
    }
    if (own) {
        if (auto used = use_pair(context, own->certificate_pem, own->private_key_pem.reveal(),
                                 "the client's");
            !used)
            return used.error();
        auto const names = alpn_wire_form(own->alpn);
        if (!names)
            return names.error();
        if (!names->empty())
            SSL_CTX_set_alpn_protos(context, reinterpret_cast<unsigned char const*>(names->data()),
                                    static_cast<unsigned>(names->size()));
    }
    return std::shared_ptr<client_tls const>(std::move(made));
}

server_tls::server_tls() : in_(std::make_unique<inside>()) {}
server_tls::~server_tls() = default;

result<std::shared_ptr<server_tls const>> server_tls::make(std::string_view certificate_pem,
                                                           std::string_view private_key_pem,
                                                           std::vector<alpn_protocol> alpn,
                                                           certificate_request ask) {
    ERR_clear_error();
    std::shared_ptr<server_tls> made(new server_tls);
    made->in_->context.reset(SSL_CTX_new(TLS_server_method()));
    auto* context = made->in_->context.get();
    if (context == nullptr)
        return fail(errc::tls_handshake_failed, "OpenSSL cannot start: " + openssl_fault());
    set_common_options(context);
    // Tickets and cached sessions cost memory for each connection and save clients of a local
    // server nothing.
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
    // AWS IoT's security policies have them in this order, and the first is the cheapest, too:
    // where processors hash SHA-256 themselves, SHA-384 is a tenth of a handshake.
    SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                                      "TLS_CHACHA20_POLY1305_SHA256");
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
    if (auto used = use_pair(context, certificate_pem, private_key_pem, "the server's"); !used)
        return used.error();
    if (ask == certificate_request::always)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    // Whose certificate it is decides a registry, not a chain of authorities.
    SSL_CTX_set_cert_verify_callback(
        context, [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
    SSL_CTX_set_max_cert_list(context, max_client_chain_bytes);
    std::vector<std::string> names;
    for (auto const& one : alpn)
        names.push_back(one.name);
    auto wire_form = alpn_wire_form(names);
    if (!wire_form)
        return wire_form.error();
    made->in_->alpn = std::move(*wire_form);
    made->in_->protocols = std::move(alpn);
    if (!made->in_->protocols.empty())
        SSL_CTX_set_alpn_select_cb(context, select_alpn, made->in_.get());
    return std::shared_ptr<server_tls const>(std::move(made));
}

} // namespace cogniot::net
