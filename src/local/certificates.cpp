#include "local/certificates.hpp"

#include "base/read_file.hpp"
#include "local/local_cloud.hpp"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <optional>
#include <string>
#include <string_view>
#include <unistd.h>

namespace cogniot::local {
namespace {

constexpr auto renew_before = std::chrono::hours(24 * 30);

error system_error(std::filesystem::path const& path) {
    return error{error_code(errno, boost::system::system_category()), "`" + path.string() + "`"};
}

/// Written aside and renamed, so that a reader finds the old file or the new one.
result<void> write_file(std::filesystem::path const& path, std::string_view text, mode_t mode) {
    auto const aside = path.string() + ".new";
    int const file = ::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (file < 0)
        return system_error(aside);
    bool const written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::close(file);
    if (!written || ::rename(aside.c_str(), path.c_str()) != 0)
        return system_error(path);
    return {};
}

/// The CA, or nothing if there is none yet. Half of one is not overwritten: clients trust it.
result<std::optional<crypto::certified_key>>
read_authority(std::filesystem::path const& directory) {
    auto certificate = read_file(directory / "ca.pem");
    auto key = read_file(directory / "ca.key");
    auto const is_absent = [](result<std::string> const& file) {
        return !file && is_absence(file.error());
    };
    // A first start writes the CA's key, its certificate, then the server's. One that was killed
    // after the key has made no CA: nobody can have trusted it.
    bool const is_first = is_absent(key) || is_absent(read_file(directory / "server.pem"));
    if (is_absent(certificate) && is_first)
        return std::optional<crypto::certified_key>{};
    auto const refuse = [&](char const* file, std::string const& what) {
        return fail(errc::authority_not_whole,
                    "`" + (directory / file).string() + "` " + what +
                        ": put it back, or remove ca.pem and ca.key for a new CA, which clients "
                        "have to trust anew");
    };
    if (!certificate)
        return refuse("ca.pem", "cannot be read, but ca.key is there");
    if (!key)
        return refuse("ca.key", "cannot be read, but ca.pem is there");
    crypto::certified_key pair{std::move(*certificate), std::move(*key)};
    if (!crypto::is_pair(pair))
        return refuse("ca.key", "is not the key of ca.pem");
    return std::optional(std::move(pair));
}

/// The server's certificate, or nothing if it is missing, broken, of another CA or about to expire:
/// another one costs nobody anything.
std::optional<crypto::certified_key> read_server(std::filesystem::path const& directory,
                                                 crypto::certified_key const& authority,
                                                 utc_time now) {
    auto certificate = read_file(directory / "server.pem");
    auto key = read_file(directory / "server.key");
    if (!certificate || !key)
        return {};
    crypto::certified_key pair{std::move(*certificate), std::move(*key)};
    auto const expiry = crypto::certificate_expiry(pair.certificate_pem);
    if (!expiry || *expiry - now < renew_before || !crypto::is_pair(pair) ||
        !crypto::is_issued_by(pair.certificate_pem, authority.certificate_pem))
        return {};
    return pair;
}

result<void> write_pair(std::filesystem::path const& directory, std::string const& name,
                        crypto::certified_key const& pair) {
    if (auto done = write_file(directory / (name + ".key"), pair.private_key_pem, 0600); !done)
        return done;
    return write_file(directory / (name + ".pem"), pair.certificate_pem, 0644);
}

} // namespace

result<server_identity> prepare_certificates(std::filesystem::path const& directory, utc_time now) {
    auto found = read_authority(directory);
    if (!found)
        return found.error();
    auto& authority = *found;
    if (!authority) {
        authority = crypto::make_authority("cogniot local cloud CA", now);
        if (auto done = write_pair(directory, "ca", *authority); !done)
            return done.error();
    }
    auto server = read_server(directory, *authority, now);
    if (!server) {
        auto issued =
            crypto::issue_server_certificate(*authority, {"localhost"}, {"127.0.0.1", "::1"}, now);
        if (!issued) {
            auto why = issued.error();
            why.detail = "`" + (directory / "ca.pem").string() + "`: " + why.detail;
            return why;
        }
        server = std::move(*issued);
        if (auto done = write_pair(directory, "server", *server); !done)
            return done.error();
    }
    std::error_code ignored;
    auto ca_file = std::filesystem::absolute(directory / "ca.pem", ignored);
    return server_identity{std::move(*server), std::move(*authority), ca_file.lexically_normal()};
}

} // namespace cogniot::local
