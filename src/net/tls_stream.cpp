#include "net/tls_stream.hpp"

#include "net/waiting.hpp"

#include <boost/asio/ip/address.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace cogniot::net {

/// The BIO through which OpenSSL uses our socket. Unlike OpenSSL's own it never
/// raises SIGPIPE, and it remembers whether the socket has been read empty.
struct tls_bio {
    static tls_stream& owner(BIO* bio) { return *static_cast<tls_stream*>(BIO_get_data(bio)); }

    static int read(BIO* bio, char* into, int size) {
        BIO_clear_retry_flags(bio);
        auto const got = owner(bio).receive(into, static_cast<std::size_t>(size));
        if (got.what == tls_stream::outcome::want_read)
            BIO_set_retry_read(bio);
        if (got.what == tls_stream::outcome::ended)
            return 0;
        return got.what == tls_stream::outcome::done ? static_cast<int>(got.bytes) : -1;
    }
    static int write(BIO* bio, char const* bytes, int size) {
        BIO_clear_retry_flags(bio);
        auto const sent = owner(bio).transmit(bytes, static_cast<std::size_t>(size));
        if (sent.what == tls_stream::outcome::want_write)
            BIO_set_retry_write(bio);
        return sent.what == tls_stream::outcome::done ? static_cast<int>(sent.bytes) : -1;
    }
    static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH; }

    static BIO_METHOD* method() {
        static BIO_METHOD* const made = [] {
            auto* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "cogniot socket");
            BIO_meth_set_read(m, read);
            BIO_meth_set_write(m, write);
            BIO_meth_set_ctrl(m, control);
            return m;
        }();
        return made;
    }
    static BIO* make(tls_stream* owner) {
        auto* bio = BIO_new(method());
        BIO_set_data(bio, owner);
        BIO_set_init(bio, 1);
        return bio;
    }
};

namespace {

/// SSL_write takes an int.
constexpr std::size_t largest_write = 1 << 20;

/// Whom a certificate is for: its DNS names and IP addresses, else its common
/// name.
std::string names_of(X509* certificate) {
    std::string names;
    auto const add = [&names](std::string_view name) {
        names += names.empty() ? "" : ", ";
        names += name;
    };
    auto* all = static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(all); ++i) {
        auto const* one = sk_GENERAL_NAME_value(all, i);
        if (one->type == GEN_DNS) {
            auto const* text = one->d.dNSName;
            add({reinterpret_cast<char const*>(ASN1_STRING_get0_data(text)),
                 static_cast<std::size_t>(ASN1_STRING_length(text))});
        } else if (one->type == GEN_IPADD) {
            auto const* raw = ASN1_STRING_get0_data(one->d.iPAddress);
            if (ASN1_STRING_length(one->d.iPAddress) == 4) {
                boost::asio::ip::address_v4::bytes_type bytes;
                std::copy_n(raw, bytes.size(), bytes.begin());
                add(boost::asio::ip::address_v4(bytes).to_string());
            } else if (ASN1_STRING_length(one->d.iPAddress) == 16) {
                boost::asio::ip::address_v6::bytes_type bytes;
                std::copy_n(raw, bytes.size(), bytes.begin());
                add(boost::asio::ip::address_v6(bytes).to_string());
            }
        }
    }
    GENERAL_NAMES_free(all);
    if (names.empty()) {
        char name[256] = {};
        if (X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name,
                                      sizeof name) > 0)
            names = name;
    }
    return names.empty() ? "no host" : names;
}

bool is_ip_address(std::string const& host) {
    error_code ec;
    boost::asio::ip::make_address(host, ec);
    return !ec;
}

} // namespace

tls_stream::tls_stream(socket_stream&& over, SSL_CTX* context)
    : socket_stream(std::move(over)), ssl_(SSL_new(context)) {
    SSL_set_app_data(ssl_.get(), this);
    auto* bio = tls_bio::make(this);
    SSL_set_bio(ssl_.get(), bio, bio);
}

tls_stream::~tls_stream() = default;

int tls_stream::on_verified(int ok, X509_STORE_CTX* store) {
    if (ok == 1)
        return 1;
    auto* ssl =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto& self = *static_cast<tls_stream*>(SSL_get_app_data(ssl));
    auto const why = X509_STORE_CTX_get_error(store);
    self.distrust_ = X509_verify_cert_error_string(why);
    if (why == X509_V_ERR_HOSTNAME_MISMATCH || why == X509_V_ERR_IP_ADDRESS_MISMATCH)
        self.distrust_ += ": certificate is for " + names_of(X509_STORE_CTX_get0_cert(store));
    return 0;
}

task<result<void>> tls_stream::connect(std::string expected_host) {
    auto* ssl = ssl_.get();
    SSL_set_connect_state(ssl);
    SSL_set_verify(ssl, SSL_VERIFY_PEER, on_verified);
    bool is_expected = false;
    if (is_ip_address(expected_host)) {
        is_expected =
            X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), expected_host.c_str()) == 1;
    } else {
        SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        // The name is announced by RFC 6066, which knows names only.
        is_expected = SSL_set_tlsext_host_name(ssl, expected_host.c_str()) == 1 &&
                      SSL_set1_host(ssl, expected_host.c_str()) == 1;
    }
    // Without an expected host any trusted certificate would do.
    if (!is_expected)
        co_return fail(errc::tls_handshake_failed,
                       "no certificate can be for the host `" + expected_host + "`");
    auto shaking = handshake();
    auto done = co_await std::move(shaking);
    co_return done;
}

task<result<void>> tls_stream::accept() {
    SSL_set_accept_state(ssl_.get());
    return handshake();
}

task<result<void>> tls_stream::handshake() {
    for (;;) {
        ERR_clear_error();
        auto const got = judge(SSL_do_handshake(ssl_.get()));
        auto which = direction::read;
        switch (got.what) {
        case outcome::done:
            co_return result<void>{};
        case outcome::ended:
        case outcome::cut_off:
        case outcome::lost:
            if (!distrust_.empty())
                co_return fail(errc::certificate_not_trusted, distrust_);
            co_return fail(errc::tls_handshake_failed, fault_);
        case outcome::want_write:
            which = direction::write;
            break;
        case outcome::want_read:
            break;
        }
        auto const ready = co_await wait_until_ready(which);
        if (!ready)
            co_return ready.error();
    }
}

/// What an SSL_… call's return value means.
tls_stream::attempt tls_stream::judge(int returned) {
    if (returned > 0)
        return {outcome::done, static_cast<std::size_t>(returned)};
    switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
        return {outcome::want_read};
    case SSL_ERROR_WANT_WRITE:
        return {outcome::want_write};
    case SSL_ERROR_ZERO_RETURN:
        fault_ = "the peer said goodbye";
        return {outcome::ended};
    case SSL_ERROR_SYSCALL:
        broken_ = true;
        fault_ = socket_stream::fault();
        return {has_failed() ? outcome::lost : outcome::cut_off};
    default:
        broken_ = true;
        fault_ = openssl_fault();
        return {outcome::lost};
    }
}

tls_stream::attempt tls_stream::try_read(std::span<char> into) {
    ERR_clear_error();
    // One call gives at most one record; several small ones may have arrived.
    std::size_t total = 0;
    for (;;) {
        auto const got =
            judge(SSL_read(ssl_.get(), into.data() + total, static_cast<int>(into.size() - total)));
        // OpenSSL counts part of a record as pending: more of it has to come first.
        starved_ = got.what == outcome::want_read;
        if (got.what != outcome::done)
            return total > 0 ? attempt{outcome::done, total} : got;
        total += got.bytes;
        if (total == into.size() || SSL_has_pending(ssl_.get()) == 0)
            return {outcome::done, total};
    }
}

tls_stream::attempt tls_stream::try_write(std::string_view bytes) {
    ERR_clear_error();
    auto const part = bytes.substr(0, largest_write);
    return judge(SSL_write(ssl_.get(), part.data(), static_cast<int>(part.size())));
}

bool tls_stream::may_have_more() const {
    return (!starved_ && SSL_has_pending(ssl_.get()) != 0) || socket_stream::may_have_more();
}

void tls_stream::say_goodbye() {
    if (broken_ || SSL_is_init_finished(ssl_.get()) == 0)
        return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
}

bool tls_stream::is_quiet() {
    ERR_clear_error();
    char one = 0;
    // Reads session tickets and the like on the way, so that they do not count as
    // news.
    return judge(SSL_peek(ssl_.get(), &one, 1)).what == outcome::want_read;
}

std::string_view tls_stream::alpn() const {
    unsigned char const* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return {reinterpret_cast<char const*>(name), size};
}

std::string_view tls_stream::server_name() const {
    auto const* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
    return name != nullptr ? std::string_view(name) : std::string_view();
}

std::string tls_stream::peer_certificate() const {
    auto* const shown = SSL_get0_peer_certificate(ssl_.get());
    unsigned char* der = nullptr;
    int const size = shown != nullptr ? i2d_X509(shown, &der) : 0;
    if (size <= 0)
        return {};
    std::string bytes(reinterpret_cast<char const*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return bytes;
}

} // namespace cogniot::net
