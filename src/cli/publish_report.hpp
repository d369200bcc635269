// Which messages of a run were not acknowledged, told exactly: by number, in order. Pure.
#pragma once

#include "cli/exit_code.hpp"
#include "client/link_values.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cogniot::cli {

class publish_report {
  public:
    void ended(std::uint64_t number, client::publish_outcome const&);
    /// A line that could not be sent at all.
    void unusable(std::uint64_t number, error const& why);

    std::uint64_t delivered() const { return delivered_; }
    std::uint64_t failed() const { return failed_.size(); }
    /// ok, else the exit code of the first message that failed.
    exit_code code() const;
    /// `lines 3, 7-12 were not delivered: …`: one text a different reason, in the order of lines.
    /// Empty if all were delivered.
    std::vector<std::string> failures(std::string_view noun) const;

  private:
    struct failure {
        std::string word;
        error why;
    };
    std::uint64_t delivered_ = 0;
    std::map<std::uint64_t, failure> failed_;
};

/// `delivered`, `denied`, `unknown`.
std::string_view name_of(client::publish_outcome::kind);

} // namespace cogniot::cli
