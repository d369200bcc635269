#include "cli/junit.hpp"

#include <algorithm>
#include <ostream>

namespace cogniot::cli {
namespace {

std::string escaped(std::string_view text) {
    std::string out;
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&quot;";
        else
            out += byte < 0x20 && c != '\n' && c != '\t' ? '?' : c;
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
        if (!c.failure) {
            out << "/>\n";
            continue;
        }
        out << ">\n      <failure message=\"" << escaped(*c.failure) << "\">" << escaped(c.details)
            << "</failure>\n    </testcase>\n";
    }
    out << "  </testsuite>\n</testsuites>\n";
}

} // namespace cogniot::cli
