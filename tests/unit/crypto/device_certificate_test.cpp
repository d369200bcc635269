// Certificates for devices, judged by the openssl command.
// @source AWS IoT developer guide, "Create AWS IoT client certificates"
#include "base/text.hpp"
#include "crypto/certificate_details.hpp"
#include "crypto/device_certificate.hpp"
#include "support/encrypted_pem.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace cogniot;

namespace {

utc_time const now = *parse_extended("2026-11-22T03:04:05Z");

/// Runs shell commands in a directory of its own.
class shell {
  public:
    void write(char const* name, std::string const& text) const {
        std::ofstream(folder_.path() / name) << text;
    }
    std::string read(char const* name) const {
        std::ostringstream text;
        text << std::ifstream(folder_.path() / name).rdbuf();
        return text.str();
    }
    std::string run(std::string const& command) const {
        auto const all = "cd " + folder_.path().string() + " && (" + command + ") > said 2>&1";
        (void)std::system(all.c_str());
        return read("said");
    }

  private:
    test::temporary_directory folder_;
};

bool has(std::string const& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

crypto::certified_key const& authority() {
    static auto const made = crypto::make_authority("cogniot test CA", now);
    return made;
}

} // namespace

TEST_CASE("the openssl command accepts a device's certificate, its key and its ID") {
    auto const made =
        crypto::issue_device_certificate(authority(), crypto::rsa_key::generate(), now);
    REQUIRE(made.has_value());
    shell const sh;
    sh.write("ca.pem", authority().certificate_pem);
    sh.write("cert.pem", made->certificate_pem);
    sh.write("key.pem", made->private_key_pem);
    sh.write("public.pem", made->public_key_pem);
    CHECK(sh.run("openssl verify -x509_strict -attime 1795316645 -CAfile ca.pem cert.pem") ==
          "cert.pem: OK\n");
    CHECK(has(sh.run("openssl rsa -in key.pem -check -noout"), "RSA key ok"));
    CHECK(sh.run("openssl pkey -in key.pem -pubout") == made->public_key_pem);
    CHECK(sh.run("openssl x509 -in cert.pem -pubkey -noout") == made->public_key_pem);
    auto const text = sh.run("openssl x509 -in cert.pem -text -noout");
    CHECK(has(text, "Not After : Dec 31 23:59:59 2049 GMT"));
    CHECK(has(text, "Not Before: Nov 22 03:02:05 2026 GMT"));
    CHECK(has(text, "Subject: CN = AWS IoT Certificate"));
    CHECK(has(text, "Public-Key: (2048 bit)"));
    CHECK(has(text, "CA:FALSE"));

    auto const details = crypto::read_certificate_details(made->certificate_pem);
    REQUIRE(details.has_value());
    CHECK(sh.run("openssl x509 -in cert.pem -outform der | sha256sum").substr(0, 64) ==
          details->id);
    CHECK(to_lower(sh.run("openssl x509 -in cert.pem -serial -noout")) ==
          "serial=" + details->serial_number + "\n");
    CHECK(details->pem == made->certificate_pem);
}

TEST_CASE("a signing request keeps its subject and key; what AWS does not sign is refused") {
    shell const sh;
    auto const request = [&](std::string const& key, std::string const& subject) {
        sh.run("openssl req -new -newkey " + key + " -nodes -keyout k.pem -out r.pem -subj '" +
               subject + "'");
        return sh.read("r.pem");
    };
    auto const refusal = [&](std::string const& pem) {
        auto const made = crypto::issue_for_request(authority(), pem, now);
        return made ? "signed" : made.error().detail;
    };
    auto const good = request("ec -pkeyopt ec_paramgen_curve:P-256", "/O=Makers/CN=d1");
    auto const made = crypto::issue_for_request(authority(), good, now);
    REQUIRE(made.has_value());
    auto const details = crypto::read_certificate_details(*made);
    REQUIRE(details.has_value());
    CHECK(details->subject == std::vector<crypto::certificate_attribute>{{"Organization", "Makers"},
                                                                         {"CommonName", "d1"}});
    CHECK(crypto::is_pair({*made, sh.read("k.pem")}));

    CHECK(refusal(request("rsa:2048", "/CN=x")) == "signed");
    CHECK(refusal(request("rsa:1024", "/CN=x")) ==
          "its RSA key has 1024 bits; at least 2048 are due");
    CHECK(refusal(request("ed25519", "/CN=x")) ==
          "its key is neither RSA nor on one of the curves P-256, P-384 and P-521");
    CHECK(refusal("nothing") == "the text has no PEM `CERTIFICATE REQUEST`");
}

TEST_CASE("encrypted PEM is refused, and nobody is asked for its passphrase") {
    shell const sh;
    sh.run("openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -subj /CN=x");
    sh.run("openssl req -new -key k.pem -out r.pem -subj /CN=x");
    encrypted_pem::terminal const somebody;
    auto const certificate = encrypted_pem::encrypt(sh.read("c.pem"));
    REQUIRE(has(certificate, "Proc-Type: 4,ENCRYPTED"));
    auto const details = crypto::read_certificate_details(certificate);
    REQUIRE_FALSE(details.has_value());
    CHECK(details.error().detail == "the text has no PEM `CERTIFICATE`");
    auto const made =
        crypto::issue_for_request(authority(), encrypted_pem::encrypt(sh.read("r.pem")), now);
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().detail == "the text has no PEM `CERTIFICATE REQUEST`");
    CHECK_FALSE(crypto::is_pair({sh.read("c.pem"), encrypted_pem::encrypt(sh.read("k.pem"))}));
}

TEST_CASE("names are read in AWS's words, alternative names too") {
    shell const sh;
    sh.run("openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -subj "
           "'/C=JP/ST=Tokyo/OU=a/OU=b/CN=grüße' -utf8 -addext "
           "'subjectAltName=DNS:d.example,email:m@d.example,URI:urn:x,IP:10.1.2.3,IP:::1'");
    auto const details = crypto::read_certificate_details(sh.read("c.pem"));
    REQUIRE(details.has_value());
    using list = std::vector<crypto::certificate_attribute>;
    list const names{{"Country", "JP"},
                     {"State", "Tokyo"},
                     {"OrganizationalUnit", "a"},
                     {"OrganizationalUnit", "b"},
                     {"CommonName", "grüße"}};
    CHECK(details->subject == names);
    CHECK(details->issuer == names);
    CHECK(details->subject_alternatives == list{{"DNSName", "d.example"},
                                                {"RFC822Name", "m@d.example"},
                                                {"UniformResourceIdentifier", "urn:x"},
                                                {"IPAddress", "10.1.2.3"},
                                                {"IPAddress", "::1"}});
    CHECK_FALSE(crypto::read_certificate_details("no certificate").has_value());
}
