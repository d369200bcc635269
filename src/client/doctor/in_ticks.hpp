// Foreign text as the doctor quotes it.
#pragma once

#include "base/text.hpp"

#include <string>
#include <string_view>

namespace cogniot::client::doctor {

/// `` `text` ``, printable, shortened to 256 bytes.
inline std::string in_ticks(std::string_view foreign) {
    return "`" + printable(foreign, 256) + "`";
}

} // namespace cogniot::client::doctor
