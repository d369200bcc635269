#include "base/read_file.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace cogniot {
namespace {

struct descriptor {
    int number = -1;
    ~descriptor() {
        if (number >= 0)
            ::close(number);
    }
};

error system_error() {
    return {error_code(errno, boost::system::generic_category())};
}

} // namespace

result<std::string> read_file(std::string const& path) {
    descriptor const file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (file.number < 0)
        return system_error();
    std::string out;
    std::array<char, 64 * 1024> buffer{};
    for (;;) {
        auto const got = ::read(file.number, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return system_error();
        if (got == 0)
            return out;
        out.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

bool is_absence(error const& e) {
    return e.code.category() == boost::system::generic_category() &&
           (e.code.value() == ENOENT || e.code.value() == ENOTDIR);
}

} // namespace cogniot
