// A device's certificate and private key as files, named as AWS IoT's own quick start names them.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <filesystem>
#include <string>

namespace cogniot::cli {

struct device_files {
    std::filesystem::path certificate;
    std::filesystem::path private_key;
};

/// `DIRECTORY/THING.cert.pem` and `DIRECTORY/THING.private.key`.
device_files files_of(std::filesystem::path const& directory, std::string const& thing);

struct device_pair {
    std::string certificate_pem{};
    secret private_key_pem{};
};
/// @errors client::errc::setting_unusable, with the path
result<device_pair> read_device_files(device_files const&);
/// Makes the directory if it is missing; the key is readable by its owner only. Files that are
/// there are not overwritten. @errors the system's, with the path
result<void> write_device_files(device_files const&, device_pair const&);

} // namespace cogniot::cli
