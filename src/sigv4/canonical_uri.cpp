// Path and query of the canonical request.
#include "base/text.hpp"
#include "sigv4/canonical.hpp"

#include <algorithm>

namespace cogniot::sigv4 {

std::string canonical_path(std::string_view wire_path) {
    std::vector<std::string_view> kept;
    for (std::string_view segment : split(wire_path, '/')) {
        if (segment.empty() || segment == ".")
            continue;
        if (segment != "..")
            kept.push_back(segment);
        else if (!kept.empty())
            kept.pop_back();
    }
    std::string out;
    out.reserve(wire_path.size() + 16);
    for (std::string_view segment : kept) {
        out += '/';
        out += percent_encode(segment);
    }
    if (kept.empty() || wire_path.back() == '/')
        out += '/';
    return out;
}

std::vector<wire_parameter> split_query(std::string_view wire_query) {
    std::vector<wire_parameter> out;
    if (wire_query.empty())
        return out;
    for (std::string_view piece : split(wire_query, '&')) {
        std::size_t const equals = std::min(piece.find('='), piece.size());
        out.push_back({.whole = piece,
                       .name = piece.substr(0, equals),
                       .value = piece.substr(std::min(equals + 1, piece.size()))});
    }
    return out;
}

std::string decode_leniently(std::string_view wire) {
    if (wire.find('%') == std::string_view::npos)
        return std::string(wire);
    if (auto decoded = percent_decode(wire))
        return *std::move(decoded);
    std::string out;
    for (std::size_t at = 0; at < wire.size(); ++at) {
        auto const escape = percent_decode(wire.substr(at, 3));
        if (wire[at] == '%' && escape && escape->size() == 1) {
            out += *escape;
            at += 2;
        } else {
            out += wire[at];
        }
    }
    return out;
}

std::string canonical_query(std::string_view wire_query, query_reading reading,
                            std::function<bool(std::string_view)> const& leave_out) {
    std::vector<std::pair<std::string, std::string>> parameters;
    for (auto const& [whole, name, value] : split_query(wire_query)) {
        std::string const decoded_name = decode_leniently(name);
        if (leave_out && leave_out(decoded_name))
            continue;
        if (reading == query_reading::verbatim)
            parameters.emplace_back(name, value);
        else if (!whole.empty()) // `a&&b` has no parameter between
            parameters.emplace_back(percent_encode(decoded_name),
                                    percent_encode(decode_leniently(value)));
    }
    std::sort(parameters.begin(), parameters.end());
    std::string out;
    out.reserve(wire_query.size() + parameters.size());
    for (auto const& [name, value] : parameters) {
        if (!out.empty())
            out += '&';
        out += name;
        out += '=';
        out += value;
    }
    return out;
}

} // namespace cogniot::sigv4
