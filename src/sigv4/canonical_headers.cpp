// The headers of the canonical request.
#include "base/text.hpp"
#include "sigv4/canonical.hpp"

#include <algorithm>
#include <array>

namespace cogniot::sigv4 {
namespace {

bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

} // namespace

void append_trimmed(std::string& to, std::string_view value) {
    std::size_t const begin = to.size();
    bool blank_before = false;
    for (char const c : value) {
        if (is_blank(c)) {
            blank_before = true;
            continue;
        }
        if (blank_before && to.size() > begin)
            to += ' ';
        blank_before = false;
        to += c;
    }
}

bool append_header_values(std::string& to, header_list const& headers, std::string_view name) {
    bool found = false;
    for (auto const& [given_name, value] : headers) {
        if (!equals_ignoring_case(given_name, name))
            continue;
        if (found)
            to += ',';
        append_trimmed(to, value);
        found = true;
    }
    return found;
}

bool is_changed_on_the_way(std::string_view name) {
    // The union of what botocore, the JavaScript SDK and aws-c-auth leave unsigned.
    static constexpr std::array<std::string_view, 14> names = {
        "authorization", "cache-control", "connection",      "expect",    "from",
        "keep-alive",    "max-forwards",  "pragma",          "referer",   "te",
        "trailer",       "upgrade",       "x-amzn-trace-id", "user-agent"};
    return std::find(names.begin(), names.end(), name) != names.end() ||
           name == "transfer-encoding" || name.starts_with("proxy-") || name.starts_with("sec-");
}

result<std::string> canonical_headers(header_list const& headers,
                                      std::vector<std::string> const& names,
                                      std::string_view host) {
    std::string out;
    out.reserve(256);
    for (std::string const& name : names) {
        out += name;
        out += ':';
        if (name == "host" && !host.empty())
            append_trimmed(out, host);
        else if (!append_header_values(out, headers, name))
            return fail(errc::signed_header_absent,
                        "the header `" + printable(name, 100) + "` is signed but was not sent");
        out += '\n';
    }
    return out;
}

} // namespace cogniot::sigv4
