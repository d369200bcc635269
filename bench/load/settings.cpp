#include "settings.hpp"

#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <unistd.h>

namespace load {

settings::settings(int count, char** words) {
    for (int i = 0; i < count; ++i) {
        std::string_view const word(words[i]);
        auto const equals = word.find('=');
        if (equals == std::string_view::npos) {
            std::fprintf(stderr, "load: `%s` is not name=value\n", words[i]);
            std::exit(2);
        }
        values_[std::string(word.substr(0, equals))] = word.substr(equals + 1);
    }
}

std::string settings::text(std::string const& name, std::string otherwise) const {
    auto const found = values_.find(name);
    return found == values_.end() ? otherwise : found->second;
}

double settings::number(std::string const& name, double otherwise) const {
    auto const found = values_.find(name);
    return found == values_.end() ? otherwise : std::strtod(found->second.c_str(), nullptr);
}

std::size_t settings::count(std::string const& name, std::size_t otherwise) const {
    return static_cast<std::size_t>(number(name, static_cast<double>(otherwise)));
}

target read_target(settings const& given) {
    target to;
    auto const where = given.text("to", "127.0.0.1:1883");
    auto const colon = where.rfind(':');
    inet_pton(AF_INET, where.substr(0, colon).c_str(), &to.ip);
    to.port = static_cast<std::uint16_t>(std::atoi(where.c_str() + colon + 1));
    to.host = given.text("host", where);
    to.path = given.text("path", "/mqtt");
    auto const transport = given.text("transport", "tcp");
    to.is_websocket = transport != "tcp";
    if (transport == "wss") {
        to.tls = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_mode(to.tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS |
                                     SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        SSL_CTX_set_session_cache_mode(to.tls, SSL_SESS_CACHE_OFF);
    }
    return to;
}

double cpu_seconds(int process) {
    clockid_t clock{};
    timespec at{};
    if (process == 0 || clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &at) != 0)
        return 0;
    return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) * 1e-9;
}

double rss_bytes(int process) {
    std::ifstream in("/proc/" + std::to_string(process) + "/statm");
    double all = 0, resident = 0;
    in >> all >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double seconds_since(steady::time_point then) {
    return std::chrono::duration<double>(steady::now() - then).count();
}

std::string name(std::string const& prefix, char const* what, std::size_t i) {
    return prefix + "/" + what + "/" + std::to_string(i);
}
std::string client(std::string const& prefix, char const* what, std::size_t i) {
    return prefix + "-" + what + "-" + std::to_string(i);
}

} // namespace load
