#include "local/wire_json.hpp"

#include "base/text.hpp"
#include "json/parse.hpp"

#include <algorithm>

namespace cogniot::local {
namespace {

constexpr std::string_view content_type = "application/x-amz-json-1.1";

} // namespace

cloud::outcome<api_call> read_json(cloud::service const& service,
                                   net::http_request const& request) {
    auto const target = request.headers.find("x-amz-target").value_or("");
    auto const dot = target.rfind('.');
    auto const name = dot == std::string_view::npos ? target : target.substr(dot + 1);
    auto const row = std::ranges::find(service.operations, name, &cloud::operation::name);
    if (row == service.operations.end()) {
        if (std::ranges::find(service.not_built, name) != service.not_built.end())
            return not_built(service.name, name);
        return cloud::api_error{"UnknownOperationException", 400,
                                name.empty() ? "The header X-Amz-Target names no operation."
                                             : "There is no operation " + printable(name, 100) +
                                                   " in " + std::string(service.name) + "."};
    }
    api_call made{&service, &*row, {}};
    if (request.body.empty())
        return made;
    auto input = json::parse_object(request.body, {.max_bytes = 4 << 20, .max_depth = 64});
    if (!input)
        return cloud::api_error{"SerializationException", 400, input.error().detail};
    made.input = std::move(*input);
    return made;
}

net::http_response write_json(cloud::operation const& row, boost::json::object const& output) {
    net::http_response made;
    made.headers.add("Content-Type", std::string(content_type));
    if (!row.empty_answer)
        made.body = json::print(output);
    return made;
}

net::http_response write_json_error(cloud::api_error const& e) {
    net::http_response made;
    made.status = e.status;
    made.headers.add("Content-Type", std::string(content_type));
    made.headers.add("x-amzn-ErrorType", e.code + ":");
    // The header repeats the message for SDKs that look there; a header cannot hold every byte.
    if (std::ranges::all_of(e.message, [](char c) { return c >= ' ' && c <= '~'; }))
        made.headers.add("x-amzn-ErrorMessage", e.message);
    boost::json::object body{{"__type", e.code}, {"message", e.message}};
    for (auto const& [name, value] : e.members)
        body[name] = value;
    made.body = json::print(body);
    return made;
}

} // namespace cogniot::local
