#include "cli/device_files.hpp"

#include "base/read_file.hpp"
#include "client/errors.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace cogniot::cli {
namespace {

error system_error(std::filesystem::path const& path) {
    return error{error_code(errno, boost::system::system_category()), "`" + path.string() + "`"};
}

result<void> write_new(std::filesystem::path const& path, std::string const& text, mode_t mode) {
    int const file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (file < 0)
        return system_error(path);
    auto const written = ::write(file, text.data(), text.size());
    bool const closed = ::close(file) == 0;
    if (written != static_cast<ssize_t>(text.size()) || !closed)
        return system_error(path);
    return {};
}

result<std::string> read_named(std::filesystem::path const& path) {
    auto text = read_file(path.string());
    if (!text)
        return fail(client::errc::setting_unusable,
                    "`" + path.string() + "`: " + text.error().message());
    return text;
}

} // namespace

device_files files_of(std::filesystem::path const& directory, std::string const& thing) {
    return {directory / (thing + ".cert.pem"), directory / (thing + ".private.key")};
}

result<device_pair> read_device_files(device_files const& from) {
    auto certificate = read_named(from.certificate);
    if (!certificate)
        return certificate.error();
    auto key = read_named(from.private_key);
    if (!key)
        return key.error();
    return device_pair{std::move(*certificate), secret(std::move(*key))};
}

result<void> write_device_files(device_files const& to, device_pair const& what) {
    std::error_code failed;
    if (auto const folder = to.certificate.parent_path(); !folder.empty())
        std::filesystem::create_directories(folder, failed);
    if (auto done = write_new(to.private_key, what.private_key_pem.reveal(), 0600); !done)
        return done;
    return write_new(to.certificate, what.certificate_pem, 0644);
}

} // namespace cogniot::cli
