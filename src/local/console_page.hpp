// The page at /_cogniot/: who is connected, and each refusal as it happens.
#pragma once

#include <string_view>

namespace cogniot::local {

/// HTML; asks /_cogniot/info and /connections, and streams /denials.
extern std::string_view const console_page;

} // namespace cogniot::local
