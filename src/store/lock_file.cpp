#include "store/lock_file.hpp"

#include "store/store.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace cogniot::store {

lock_file::lock_file(lock_file&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

lock_file::~lock_file() {
    if (descriptor_ >= 0)
        ::close(descriptor_);
}

result<lock_file> lock_file::take(std::filesystem::path const& directory) {
    auto const path = directory / "lock";
    int const descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return fail(errc::cannot_open, "`" + path.string() + "`: " + std::strerror(errno));
    lock_file taken(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK)
            return fail(errc::cannot_open, "`" + path.string() + "`: " + std::strerror(errno));
        char owner[32] = {};
        auto const size = ::pread(descriptor, owner, sizeof owner - 1, 0);
        std::string who = "another process";
        if (size > 0)
            who = "process " + std::string(owner, static_cast<std::size_t>(size));
        return fail(errc::busy, who + " uses `" + directory.string() + "`");
    }
    auto const own = std::to_string(::getpid());
    // The process ID only helps a person to find the owner; the lock holds without it.
    if (::ftruncate(descriptor, 0) == 0)
        (void)!::pwrite(descriptor, own.data(), own.size(), 0);
    return taken;
}

} // namespace cogniot::store
