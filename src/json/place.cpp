#include "json/place.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace cogniot::json {

place find_place(std::string_view text, std::size_t offset) {
    auto const before = text.substr(0, std::min(offset, text.size()));
    auto const lines = std::count(before.begin(), before.end(), '\n');
    auto const last = before.rfind('\n');
    auto const start = last == std::string_view::npos ? 0 : last + 1;
    return {static_cast<std::size_t>(lines) + 1, before.size() - start + 1};
}

line_index::line_index(std::string_view text) : begins_{0} {
    for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
        begins_.push_back(at + 1);
}

place line_index::find(std::size_t offset) const {
    auto const next = std::upper_bound(begins_.begin(), begins_.end(), offset);
    return {static_cast<std::size_t>(next - begins_.begin()), offset - *(next - 1) + 1};
}

std::string print(place at) {
    return "line " + std::to_string(at.line) + ", column " + std::to_string(at.column);
}

std::string likely_cause(std::string_view text, std::size_t offset, std::string_view complaint) {
    if (offset >= text.size())
        return text.empty() ? "the text is empty" : "the text ends too early";
    char const here = text[offset];
    auto before = text.substr(0, offset);
    auto const last = before.find_last_not_of(" \t\r\n");
    bool const after_comma = last != std::string_view::npos && before[last] == ',';
    if (after_comma && (here == ']' || here == '}'))
        return std::string("a comma before the closing `") + here + "`";
    if (here == '\'')
        return "text is quoted with \", not '";
    if (here == '/' || here == '#')
        return "JSON has no comments";
    return "unexpected `" + printable(std::string_view(&text[offset], 1)) + "` (" +
           std::string(complaint) + ")";
}

} // namespace cogniot::json
