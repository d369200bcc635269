// A directory for as long as a local cloud lives that keeps nothing: certificates are files.
#pragma once

#include "base/result.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <utility>

namespace cogniot::local {

/// Removed, with what is in it, when the local cloud ends in order.
class temporary_directory {
  public:
    static result<temporary_directory> make() {
        std::error_code none;
        auto pattern = (std::filesystem::temp_directory_path(none) / "cogniot-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr)
            return error{error_code(errno, boost::system::system_category()), "`" + pattern + "`"};
        temporary_directory made;
        made.path_ = pattern;
        return made;
    }
    temporary_directory() = default;
    temporary_directory(temporary_directory&& other) noexcept
        : path_(std::exchange(other.path_, {})) {}
    temporary_directory& operator=(temporary_directory&& other) noexcept {
        std::swap(path_, other.path_);
        return *this;
    }
    ~temporary_directory() {
        std::error_code ignored;
        if (!path_.empty())
            std::filesystem::remove_all(path_, ignored);
    }
    std::filesystem::path const& path() const { return path_; }

  private:
    std::filesystem::path path_{};
};

} // namespace cogniot::local
