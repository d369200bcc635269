// The CA that clients trust is never replaced behind their back; the server's certificate is made
// anew whenever it does not fit.
#include "local/certificates.hpp"
#include "local/local_cloud.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace cogniot::local {
namespace {

utc_time const now{std::chrono::seconds(1'767'225'600)};

std::string read(std::filesystem::path const& file) {
    std::ifstream in(file, std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(in)), {});
}

void write(std::filesystem::path const& file, std::string const& text) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

} // namespace

TEST_CASE("what was made is used again") {
    test::temporary_directory dir;
    auto const first = prepare_certificates(dir.path(), now);
    REQUIRE(first.has_value());
    auto const again = prepare_certificates(dir.path(), now + std::chrono::hours(24));
    REQUIRE(again.has_value());
    CHECK(again->server.certificate_pem == first->server.certificate_pem);
}

TEST_CASE("half of the CA is refused by the name of the other half, and stays as it is") {
    struct row {
        char const* file;
        char const* text; // nullptr: removed
    };
    for (auto const& [file, text] :
         {row{"ca.key", nullptr}, row{"ca.pem", nullptr}, row{"ca.key", "x"}, row{"ca.pem", ""}}) {
        CAPTURE(file);
        test::temporary_directory dir;
        REQUIRE(prepare_certificates(dir.path(), now).has_value());
        auto const path = dir.path() / file;
        if (text != nullptr)
            write(path, text);
        else
            std::filesystem::remove(path);
        auto const key = read(dir.path() / "ca.key");
        auto const certificate = read(dir.path() / "ca.pem");
        auto const refused = prepare_certificates(dir.path(), now);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == make_error_code(errc::authority_not_whole));
        CHECK(refused.error().detail.find(dir.path().string() + "/ca.") != std::string::npos);
        CHECK(read(dir.path() / "ca.key") == key);
        CHECK(read(dir.path() / "ca.pem") == certificate);
    }
}

TEST_CASE("a first start that was killed between the CA's key and its certificate has made no CA") {
    test::temporary_directory dir;
    write(dir.path() / "ca.key", "the key of a CA that nobody has seen");
    auto const made = prepare_certificates(dir.path(), now);
    REQUIRE(made.has_value());
    CHECK(crypto::is_issued_by(made->server.certificate_pem, read(dir.path() / "ca.pem")));
}

TEST_CASE("a server certificate that does not fit is made anew by the same CA") {
    test::temporary_directory other;
    auto const foreign = prepare_certificates(other.path(), now);
    REQUIRE(foreign.has_value());
    struct row {
        char const* file;
        std::string text;
    };
    for (auto const& [file, text] : {row{"server.key", "x"}, row{"server.pem", ""},
                                     row{"server.key", foreign->server.private_key_pem},
                                     row{"server.pem", foreign->server.certificate_pem}}) {
        CAPTURE(file);
        test::temporary_directory dir;
        REQUIRE(prepare_certificates(dir.path(), now).has_value());
        auto const authority = read(dir.path() / "ca.pem");
        write(dir.path() / file, text);
        auto const made = prepare_certificates(dir.path(), now);
        REQUIRE(made.has_value());
        CHECK(read(dir.path() / "ca.pem") == authority);
        CHECK(crypto::is_pair(made->server));
        CHECK(crypto::is_issued_by(made->server.certificate_pem, authority));
        CHECK(read(dir.path() / "server.key") == made->server.private_key_pem);
    }
    // Both halves of another CA's: a pair, but nobody who trusts this CA would take it.
    test::temporary_directory dir;
    REQUIRE(prepare_certificates(dir.path(), now).has_value());
    write(dir.path() / "server.pem", foreign->server.certificate_pem);
    write(dir.path() / "server.key", foreign->server.private_key_pem);
    auto const made = prepare_certificates(dir.path(), now);
    REQUIRE(made.has_value());
    CHECK(made->server.certificate_pem != foreign->server.certificate_pem);
    CHECK_FALSE(crypto::is_issued_by(foreign->server.certificate_pem, read(dir.path() / "ca.pem")));
}

} // namespace cogniot::local
