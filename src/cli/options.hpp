// A command's flags. CLI11 is behind this, in options.cpp alone: it takes seconds to compile.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cogniot::cli {

/// Declares flags of one command. `names` is CLI11's form: `-t,--topic`, or `FILE` for a
/// positional. Each call binds a member that must outlive the parse.
class options {
  public:
    struct inside;
    explicit options(std::unique_ptr<inside>);
    ~options();

    options& text(std::string const& names, std::string& into, std::string const& help);
    options& text(std::string const& names, std::optional<std::string>& into,
                  std::string const& help);
    options& texts(std::string const& names, std::vector<std::string>& into,
                   std::string const& help);
    options& flag(std::string const& names, bool& into, std::string const& help);
    /// A whole number within [least, most]; anything else is a usage error that says so.
    options& number(std::string const& names, std::int64_t& into, std::int64_t least,
                    std::int64_t most, std::string const& help);
    options& number(std::string const& names, std::optional<std::int64_t>& into, std::int64_t least,
                    std::int64_t most, std::string const& help);
    /// One of the given words.
    options& choice(std::string const& names, std::string& into, std::vector<std::string> words,
                    std::string const& help);
    /// Makes the flag declared last mandatory.
    options& required();
    /// The environment variable that stands in when the flag declared last is absent.
    options& environment(std::string const& variable);
    /// Under which heading help lists the flag declared last.
    options& group(std::string const& heading);

    inside& internals() { return *in_; }

  private:
    std::unique_ptr<inside> in_;
};

} // namespace cogniot::cli
