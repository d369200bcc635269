// One log line in the making: a JSON object whose members are appended in the order of the calls.
//
// Written straight into text, because the local cloud makes two lines for every message it
// delivers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cogniot::local {

class log_fields {
  public:
    /// Begins anew; the memory is used again.
    void begin();
    /// A text of UTF-8; left out if it is empty, cut after 4 KiB.
    log_fields& text(std::string_view name, std::string_view value);
    log_fields& number(std::string_view name, std::int64_t value);
    log_fields& flag(std::string_view name, bool value);
    /// A value that is JSON already.
    log_fields& json(std::string_view name, std::string_view value);
    /// Words for people, up to 16 KiB.
    log_fields& explanation(std::string_view words);
    /// `explanation` (words) and `because` (the rest) from the JSON that cloud::explain() gives.
    /// These are the last fields of a line: `because` goes if the line would get too long.
    log_fields& reasons(std::string_view explained);

    /// The whole object; at most about 100 KiB.
    std::string_view finish();

  private:
    void name(std::string_view of);
    void append_text(std::string_view value, std::size_t limit);

    std::string line_;
    /// Where `because` begins; npos if there is none.
    std::size_t because_at_ = std::string::npos;
};

} // namespace cogniot::local
