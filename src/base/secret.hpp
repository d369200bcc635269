// A password, key or token: usable by who asks for it by name, printed as *** by everyone else.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace cogniot {

class secret {
  public:
    secret() = default;
    explicit secret(std::string value) : value_(std::move(value)) {}

    /// The value itself. The name is long so that a review sees each use.
    std::string const& reveal() const { return value_; }
    bool empty() const { return value_.empty(); }

    friend bool operator==(secret const&, secret const&) = default;
    friend std::ostream& operator<<(std::ostream& out, secret const& s) {
        return out << (s.empty() ? "" : "***");
    }

  private:
    std::string value_;
};

/// `eyJra…(812 characters)`: enough to recognise a token in a printed step, useless to a thief.
std::string masked(std::string_view value);

} // namespace cogniot
