#include "cli/password_input.hpp"

#include "client/errors.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace cogniot::cli {
namespace {

/// The controlling terminal in a mode of our own; its former mode comes back with the end of scope.
class own_terminal {
  public:
    enum class typing { hidden, shown };
    explicit own_terminal(typing how) : fd_(::open("/dev/tty", O_RDWR | O_CLOEXEC)) {
        if (fd_ < 0 || ::tcgetattr(fd_, &before_) != 0)
            return;
        termios now = before_;
        if (how == typing::hidden) {
            // Without ISIG Ctrl-C arrives as a byte: no signal can leave the terminal without echo.
            now.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG);
            now.c_cc[VMIN] = 1;
            now.c_cc[VTIME] = 0;
        }
        is_changed_ = ::tcsetattr(fd_, TCSAFLUSH, &now) == 0;
    }
    ~own_terminal() {
        if (is_changed_)
            ::tcsetattr(fd_, TCSAFLUSH, &before_);
        if (fd_ >= 0)
            ::close(fd_);
    }
    own_terminal(own_terminal const&) = delete;
    own_terminal& operator=(own_terminal const&) = delete;

    bool is_usable() const { return is_changed_; }
    void print(std::string const& text) const { (void)!::write(fd_, text.data(), text.size()); }
    /// False at the end of input.
    bool read(char& c) const { return ::read(fd_, &c, 1) == 1; }

  private:
    int fd_;
    termios before_{};
    bool is_changed_ = false;
};

result<std::string> ask(std::string const& question, own_terminal::typing how) {
    own_terminal const tty(how);
    if (!tty.is_usable())
        return fail(client::errc::setting_missing, question + ": there is no terminal to ask on");
    tty.print(question + ": ");
    std::string line;
    char c = 0;
    bool is_whole = false;
    while (!is_whole && tty.read(c)) {
        if (c == '\n' || c == '\r')
            is_whole = true;
        else if (c == '\x03' || c == '\x04') // Ctrl-C, Ctrl-D
            break;
        else if (c == '\x15') // Ctrl-U
            line.clear();
        else if (c == '\x7f' || c == '\b') {
            // One character, whatever its number of UTF-8 bytes.
            while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xC0) == 0x80)
                line.pop_back();
            if (!line.empty())
                line.pop_back();
        } else
            line += c;
    }
    if (how == own_terminal::typing::hidden)
        tty.print("\n");
    if (!is_whole)
        return fail(client::errc::setting_missing, question + ": no answer was given");
    return line;
}

} // namespace

result<secret> read_password_line(std::istream& in) {
    std::string line;
    if (!std::getline(in, line))
        return fail(client::errc::setting_missing,
                    "--password-stdin: standard input ended before a line");
    if (!line.empty() && line.back() == '\r')
        line.pop_back();
    return secret(std::move(line));
}

result<secret> ask_hidden(std::string const& question) {
    auto answer = ask(question, own_terminal::typing::hidden);
    if (!answer)
        return answer.error();
    return secret(std::move(*answer));
}

result<std::string> ask_shown(std::string const& question) {
    return ask(question, own_terminal::typing::shown);
}

bool has_terminal() {
    int const fd = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (fd >= 0)
        ::close(fd);
    return fd >= 0;
}

} // namespace cogniot::cli
