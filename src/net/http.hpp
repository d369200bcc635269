// HTTP/1.1 messages as values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cogniot::net {

/// Header fields in order of arrival; names are compared without case.
class http_headers {
  public:
    void add(std::string name, std::string value) {
        fields_.emplace_back(std::move(name), std::move(value));
    }
    /// Replaces every field of that name.
    void set(std::string name, std::string value);
    /// The first field's value, or nothing.
    std::optional<std::string_view> find(std::string_view name) const;
    std::vector<std::pair<std::string, std::string>> const& fields() const { return fields_; }

  private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

struct http_request {
    std::string method = "GET";
    /// As on the wire: percent-encoded path, then `?` and query if any.
    std::string target = "/";
    http_headers headers{};
    std::string body{};
    bool keep_alive = true;
    /// `target` before and after the first `?`.
    std::string_view path() const;
    std::string_view query() const;
};

struct http_response {
    int status = 200;
    http_headers headers{};
    std::string body{};
    bool keep_alive = true;
};

} // namespace cogniot::net
