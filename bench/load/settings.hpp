// What every verb of the load generator is told and measures: `name=value` words, which broker, and
// what that broker's process has used.
#pragma once

#include "socket.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace load {

using steady = std::chrono::steady_clock;

/// `name=value` words of the command line.
class settings {
  public:
    /// Ends the program with words if one of them is not of that form.
    settings(int count, char** words);
    std::string text(std::string const& name, std::string otherwise) const;
    double number(std::string const& name, double otherwise) const;
    std::size_t count(std::string const& name, std::size_t otherwise) const;

  private:
    std::map<std::string, std::string> values_;
};

/// to=127.0.0.1:1883 transport=tcp|ws|wss path=/mqtt?… host=localhost:4566
target read_target(settings const&);

/// CPU seconds that another process has used; 0 for process 0.
double cpu_seconds(int process);
double rss_bytes(int process);
double seconds_since(steady::time_point then);

/// Names of topics and clients: `load/t/3`, `load-s-3`. Policies of the user rest on them.
std::string name(std::string const& prefix, char const* what, std::size_t i);
std::string client(std::string const& prefix, char const* what, std::size_t i);

} // namespace load
