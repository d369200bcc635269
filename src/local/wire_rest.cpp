#include "local/wire_rest.hpp"

#include "base/text.hpp"
#include "json/parse.hpp"
#include "local/wire_query.hpp"

#include <algorithm>

namespace cogniot::local {
namespace {

std::size_t literal_segments(std::string_view pattern) {
    return static_cast<std::size_t>(std::ranges::count_if(
        split(pattern, '/'), [](std::string_view part) { return !part.starts_with('{'); }));
}

/// Rows are few (some 250 at most with those not built), paths are short: a walk is fast enough.
template <typename Rows>
auto find_row(Rows const& rows, std::string_view method, std::string_view path, path_labels& labels)
    -> decltype(rows.data()) {
    decltype(rows.data()) best = nullptr;
    for (auto const& row : rows) {
        if (row.path.empty() || row.method != method)
            continue;
        auto matched = match_path(row.path, path);
        if (!matched)
            continue;
        // `/things/{thingName}` and `/things/x` both fit `/things/x`: the literal one is meant.
        if (best != nullptr && literal_segments(best->path) >= literal_segments(row.path))
            continue;
        best = &row;
        labels = std::move(*matched);
    }
    return best;
}

bool is_header_member(cloud::operation const& row, std::string_view member) {
    return std::ranges::any_of(row.headers,
                               [&](auto const& place) { return place.member == member; });
}

cloud::api_error malformed(std::string detail) {
    return {"InvalidRequestException", 400, std::move(detail)};
}

} // namespace

std::optional<path_labels> match_path(std::string_view pattern, std::string_view path) {
    auto const wanted = split(pattern, '/');
    auto const given = split(path, '/');
    path_labels labels;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (i >= given.size())
            return {};
        auto const part = wanted[i];
        if (!part.starts_with('{')) {
            if (part != given[i])
                return {};
            continue;
        }
        auto const name = part.substr(1, part.size() - 2);
        if (name.ends_with('+')) {
            auto const rest = path.substr(static_cast<std::size_t>(given[i].data() - path.data()));
            auto decoded = percent_decode(rest);
            if (!decoded || decoded->empty())
                return {};
            labels.emplace_back(name.substr(0, name.size() - 1), std::move(*decoded));
            return labels;
        }
        auto decoded = percent_decode(given[i]);
        if (!decoded || decoded->empty())
            return {};
        labels.emplace_back(name, std::move(*decoded));
    }
    if (given.size() != wanted.size())
        return {};
    return labels;
}

bool has_path(cloud::service const& service, std::string_view path) {
    auto const fits = [&](auto const& row) {
        return !row.path.empty() && match_path(row.path, path).has_value();
    };
    return std::ranges::any_of(service.operations, fits) ||
           std::ranges::any_of(service.not_built_routes, fits);
}

cloud::outcome<api_call> read_rest(cloud::service const& service,
                                   net::http_request const& request) {
    path_labels labels;
    auto const path = request.path();
    if (auto const decoded = percent_decode(path); decoded && !is_utf8(*decoded))
        return malformed("The path is not percent-encoded UTF-8.");
    auto const* row = find_row(service.operations, request.method, path, labels);
    if (row == nullptr) {
        if (auto const* known = find_row(service.not_built_routes, request.method, path, labels))
            return not_built(service.name, known->name);
        if (service.name == "iotdata" && has_path(service, path))
            return cloud::api_error{"MethodNotAllowedException", 405,
                                    "The method " + printable(request.method, 20) +
                                        " is not allowed for this path."};
        return cloud::api_error{"UnknownOperationException", 404,
                                "There is no operation " + printable(request.method, 20) + " " +
                                    printable(path, 200) + " in " + std::string(service.name) +
                                    "."};
    }
    api_call made{&service, row, {}};
    if (!row->payload_member.empty()) {
        made.input[row->payload_member] = request.body;
    } else if (!request.body.empty()) {
        auto body = json::parse_object(request.body, {.max_bytes = 4 << 20, .max_depth = 64});
        if (!body)
            return malformed("The body is not a JSON object: " + body.error().detail);
        made.input = std::move(*body);
    }
    auto const query = parse_form(request.query());
    if (!query || !has_utf8_only(*query))
        return malformed("The query string is not percent-encoded UTF-8.");
    // What travels in the body or in a header travels there only: the query string does not say it.
    for (auto const& [name, value] : *query)
        if (!name.starts_with("X-Amz-") && !is_header_member(*row, name))
            made.input.emplace(name, value);
    for (auto const& place : row->headers) {
        auto const value = request.headers.find(place.header);
        if (!value)
            continue;
        if (!is_utf8(*value))
            return malformed("The header " + std::string(place.header) + " is not UTF-8.");
        made.input[place.member] = *value;
    }
    for (auto const& [name, value] : labels)
        made.input[name] = value;
    return made;
}

net::http_response write_rest(cloud::operation const& row, boost::json::object const& output) {
    net::http_response made;
    made.headers.add("Content-Type", "application/json");
    if (row.empty_answer)
        return made;
    if (!row.payload_member.empty())
        if (auto const* raw = output.if_contains(row.payload_member);
            raw != nullptr && raw->is_string()) {
            made.body = raw->get_string();
            return made;
        }
    made.body = json::print(output);
    return made;
}

net::http_response write_rest_error(cloud::api_error const& e, std::string_view request_id) {
    net::http_response made;
    made.status = e.status;
    made.headers.add("Content-Type", "application/json");
    made.headers.add("x-amzn-ErrorType", e.code + ":");
    boost::json::object body{{"message", e.message}};
    for (auto const& [name, value] : e.members)
        body[name] = value;
    body["traceId"] = request_id;
    made.body = json::print(body);
    return made;
}

} // namespace cogniot::local
