#include "local/certificates.hpp"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <unistd.h>

namespace cogniot::local {
namespace {

constexpr auto renew_before = std::chrono::hours(24 * 30);

std::optional<std::string> read_file(std::filesystem::path const& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in)
        return {};
    return std::string((std::istreambuf_iterator<char>(in)), {});
}

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

/// Both halves, or nothing: a key without its certificate is of no use.
std::optional<crypto::certified_key> read_pair(std::filesystem::path const& directory,
                                               std::string const& name) {
    auto certificate = read_file(directory / (name + ".pem"));
    auto key = read_file(directory / (name + ".key"));
    if (!certificate || !key)
        return {};
    return crypto::certified_key{std::move(*certificate), std::move(*key)};
}

result<void> write_pair(std::filesystem::path const& directory, std::string const& name,
                        crypto::certified_key const& pair) {
    if (auto done = write_file(directory / (name + ".key"), pair.private_key_pem, 0600); !done)
        return done;
    return write_file(directory / (name + ".pem"), pair.certificate_pem, 0644);
}

} // namespace

result<server_identity> prepare_certificates(std::filesystem::path const& directory, utc_time now) {
    auto authority = read_pair(directory, "ca");
    bool is_new = false;
    if (!authority) {
        authority = crypto::make_authority("cogniot local cloud CA", now);
        is_new = true;
        if (auto done = write_pair(directory, "ca", *authority); !done)
            return done.error();
    }
    auto server = is_new ? std::nullopt : read_pair(directory, "server");
    if (server) {
        auto const expiry = crypto::certificate_expiry(server->certificate_pem);
        if (!expiry || *expiry - now < renew_before)
            server.reset();
    }
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
    return server_identity{std::move(*server), ca_file.lexically_normal()};
}

} // namespace cogniot::local
