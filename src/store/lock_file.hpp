// Keeps a second process out of a data directory, and tells it who is in.
//
// flock(2) on DIRECTORY/lock; the file holds the owner's process ID. The kernel releases the lock
// when the process ends, however it ends. It also holds between two opens of one process, which
// SQLite's own locks do not.
#pragma once

#include "base/result.hpp"

#include <filesystem>

namespace cogniot::store {

class lock_file {
  public:
    /// @errors busy with the owner's process ID, cannot_open
    static result<lock_file> take(std::filesystem::path const& directory);
    lock_file(lock_file&& other) noexcept;
    lock_file& operator=(lock_file&&) = delete;
    ~lock_file();

  private:
    explicit lock_file(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

} // namespace cogniot::store
