// How a received message is printed: mosquitto_sub's -F formats. Pure.
// @source mosquitto_sub(1), "Output format"
#pragma once

#include "base/result.hpp"
#include "base/utc_time.hpp"
#include "client/link_values.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cogniot::cli {

/// A -F format, parsed once.
class message_format {
  public:
    /// `%t %p %q %r %l %m %x %X %j %J %I %U %%` and `\n \t \r \a \e \0 \\`.
    /// @errors client::errc::setting_unusable naming the sequence that is not known
    static result<message_format> parse(std::string_view format);
    /// The line, without an end.
    std::string print(client::received_message const&, utc_time received) const;

  private:
    struct text {
        std::string what;
    };
    struct field {
        char letter;
    };
    std::vector<std::variant<text, field>> parts_;
};

} // namespace cogniot::cli
