#include "cli/junit.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <ostream>

namespace cogniot::cli {
namespace {

/// What XML cannot hold, escaped or not, becomes `\xNN`. @source XML 1.0, 2.2 "Characters"
std::string writable(std::string_view text) {
    std::string out;
    for (std::size_t from = 0; from < text.size();) {
        auto const end = std::min(text.find_first_of("\n\t", from), text.size());
        out += printable(text.substr(from, end - from), end - from);
        out += text.substr(end, 1);
        from = end + 1;
    }
    for (std::string_view const noncharacter : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"})
        for (auto at = out.find(noncharacter); at != std::string::npos; at = out.find(noncharacter))
            out.replace(at, noncharacter.size(),
                        noncharacter.back() == '\xBE' ? "\\xef\\xbf\\xbe" : "\\xef\\xbf\\xbf");
    return out;
}

std::string escaped(std::string_view text) {
    std::string out;
    for (char const c : writable(text)) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&quot;";
        else
            out += c;
    }
    return out;
}

} // namespace

void print_junit(std::ostream& out, std::string_view suite, std::span<junit_case const> cases) {
    auto const failed = std::count_if(cases.begin(), cases.end(),
                                      [](junit_case const& c) { return c.failure.has_value(); });
    auto const counts = "tests=\"" + std::to_string(cases.size()) + "\" failures=\"" +
                        std::to_string(failed) + "\" errors=\"0\"";
    out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites " << counts
        << ">\n  <testsuite name=\"" << escaped(suite) << "\" " << counts << ">\n";
    for (auto const& c : cases) {
        out << "    <testcase classname=\"" << escaped(suite) << "\" name=\"" << escaped(c.name)
            << "\" file=\"" << escaped(c.place.substr(0, c.place.rfind(':'))) << "\" line=\""
            << escaped(c.place.substr(c.place.rfind(':') + 1)) << "\"";
        if (c.failure)
            out << ">\n      <failure message=\"" << escaped(*c.failure) << "\">"
                << escaped(c.details) << "</failure>\n    </testcase>\n";
        else if (!c.details.empty())
            out << ">\n      <system-out>" << escaped(c.details)
                << "</system-out>\n    </testcase>\n";
        else
            out << "/>\n";
    }
    out << "  </testsuite>\n</testsuites>\n";
}

} // namespace cogniot::cli
