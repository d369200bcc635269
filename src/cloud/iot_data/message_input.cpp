#include "cloud/iot_data/message_input.hpp"

#include "base/text.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <utility>

namespace cogniot::cloud::iot_data {

namespace {

constexpr std::array<std::string_view, 2> payload_formats{"UNSPECIFIED_BYTES", "UTF8_DATA"};

/// base64 of a JSON array of objects with one member each, `[{"k1":"v1"},{"k2":"v2"}]`.
/// @return nothing if it is something else
std::optional<std::vector<std::pair<std::string, std::string>>>
read_user_properties(std::string_view header) {
    auto const text = decode_base64(header);
    if (!text)
        return {};
    auto const read = json::parse(*text, {.max_bytes = 64 * 1024, .max_depth = 4});
    if (!read || !read->is_array())
        return {};
    std::vector<std::pair<std::string, std::string>> properties;
    for (auto const& one : read->get_array()) {
        auto const* const pair = one.if_object();
        if (pair == nullptr || pair->size() != 1 || !pair->begin()->value().is_string())
            return {};
        properties.emplace_back(pair->begin()->key(), pair->begin()->value().get_string());
    }
    return properties;
}

} // namespace

void read_message(input_reader& in, input const& asked, publication& p) {
    p.payload = json::find_string(asked, "payload").value_or("");
    p.content_type = in.find_text("contentType", {});
    p.response_topic = in.find_text("responseTopic", {.min = 1});
    if (auto const format = in.find_text("payloadFormatIndicator", {.values = payload_formats}))
        p.is_utf8 = *format == "UTF8_DATA";
    if (auto const header = in.find_text("userProperties", {})) {
        if (auto read = read_user_properties(*header))
            p.user_properties = std::move(*read);
        else
            in.note("userProperties", *header,
                    "be base64 of a JSON array of objects with one text each");
    }
    if (auto const header = in.find_text("correlationData", {})) {
        p.correlation_data = decode_base64(*header);
        if (!p.correlation_data)
            in.note("correlationData", *header, "be base64");
    }
}

} // namespace cogniot::cloud::iot_data
