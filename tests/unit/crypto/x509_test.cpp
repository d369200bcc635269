#include "crypto/rsa.hpp"
#include "crypto/x509.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace cogniot;
using namespace std::chrono_literals;

namespace {

utc_time const now = *parse_extended("2026-01-02T03:04:05Z");

/// A directory for the openssl command, which judges our certificates; removed at the end.
class scratch {
  public:
    scratch() {
        char name[] = "/tmp/cogniot-x509-XXXXXX";
        path_ = mkdtemp(name);
    }
    ~scratch() { std::filesystem::remove_all(path_); }
    void write(char const* name, std::string const& text) const {
        std::ofstream(path_ / name) << text;
    }
    /// What a shell command says, run in the directory.
    std::string run(std::string const& command) const {
        std::string const all = "cd " + path_.string() + " && (" + command + ") > said 2>&1";
        (void)std::system(all.c_str());
        std::ostringstream text;
        text << std::ifstream(path_ / "said").rdbuf();
        return text.str();
    }

  private:
    std::filesystem::path path_;
};

bool has(std::string const& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("the openssl command accepts the server certificate for its names and no others") {
    auto const authority = crypto::make_authority("cogniot test CA", now);
    auto const server =
        crypto::issue_server_certificate(authority, {"localhost"}, {"127.0.0.1", "::1"}, now);
    REQUIRE(server.has_value());
    scratch const files;
    files.write("ca.pem", authority.certificate_pem);
    files.write("leaf.pem", server->certificate_pem);
    files.write("leaf.key", server->private_key_pem);
    std::string const verify = "openssl verify -x509_strict -purpose sslserver -attime 1767323045 "
                               "-CAfile ca.pem ";
    for (char const* name :
         {"-verify_hostname localhost", "-verify_ip 127.0.0.1", "-verify_ip ::1"})
        CHECK(files.run(verify + name + " leaf.pem") == "leaf.pem: OK\n");
    CHECK(has(files.run(verify + "-verify_hostname example.com leaf.pem"), "ostname mismatch"));
    CHECK(has(files.run(verify + "-verify_ip 10.0.0.1 leaf.pem"), "IP address mismatch"));
    CHECK(files.run("openssl pkey -in leaf.key -pubout") ==
          files.run("openssl x509 -in leaf.pem -pubkey -noout"));
    std::string const text = files.run("openssl x509 -in leaf.pem -text -noout");
    CHECK(has(text, "ASN1 OID: prime256v1"));
    CHECK(has(text, "ecdsa-with-SHA256"));
    CHECK(has(text, "CA:FALSE"));
    CHECK(has(text, "Not Before: Jan  1 03:04:05 2026 GMT"));
    CHECK(has(text, "Not After : Feb  2 03:04:05 2027 GMT"));
}

TEST_CASE("expiry is read from the certificate") {
    auto const authority = crypto::make_authority("cogniot test CA", now);
    auto const expiry = crypto::certificate_expiry(authority.certificate_pem);
    REQUIRE(expiry.has_value());
    CHECK(print_extended(*expiry) == "2036-01-02T03:04:05Z");
    CHECK(crypto::certificate_expiry("not a certificate").error().code ==
          make_error_code(crypto::errc::not_a_certificate));
}

TEST_CASE("a certificate does not outlive its authority") {
    auto const authority = crypto::make_authority("cogniot test CA", now);
    auto const late = crypto::issue_server_certificate(authority, {"localhost"}, {},
                                                       now + std::chrono::days(3600));
    REQUIRE(late.has_value());
    CHECK(*crypto::certificate_expiry(late->certificate_pem) ==
          *crypto::certificate_expiry(authority.certificate_pem));
}

TEST_CASE("an authority that cannot sign is refused with the part that is wrong") {
    auto const authority = crypto::make_authority("cogniot test CA", now);
    auto const other = crypto::make_authority("cogniot other CA", now);
    auto const issue = [&](crypto::certified_key const& by) {
        return crypto::issue_server_certificate(by, {"localhost"}, {}, now).error().message();
    };
    CHECK(issue({"", authority.private_key_pem}) ==
          "the authority's certificate cannot be read (not a certificate)");
    CHECK(issue({authority.certificate_pem, "x"}) ==
          "the authority's private key cannot be read (not a private key that can be used)");
    CHECK(issue({authority.certificate_pem, other.private_key_pem}) ==
          "the private key is not the one of the authority (not a private key that can be used)");
}
