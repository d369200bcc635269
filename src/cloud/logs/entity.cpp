#include "cloud/logs/entity.hpp"

#include "base/ascii.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <utility>

namespace cogniot::cloud::logs {

namespace {

bool is_name_character(char c) {
    return is_letter_or_digit(c) || std::string_view("._-/#").find(c) != std::string_view::npos;
}

pattern const group_name_pattern{R"([\.\-_/#A-Za-z0-9]+)", &is_group_name};
pattern const stream_name_pattern{"[^:*]*", [](std::string_view text) {
                                      return text.find_first_of(":*") == std::string_view::npos;
                                  }};
pattern const identifier_pattern{R"([\w#+=/:,.@-]*)", [](std::string_view text) {
                                     return std::ranges::all_of(text, [](char c) {
                                         return is_name_character(c) ||
                                                std::string_view("+=:,@").find(c) !=
                                                    std::string_view::npos;
                                     });
                                 }};
text_rule const identifier_rule{.min = 1, .max = 2048, .form = &identifier_pattern};

} // namespace

text_rule const group_name_rule{.min = 1, .max = 512, .form = &group_name_pattern};
text_rule const stream_name_rule{.min = 1, .max = 512, .form = &stream_name_pattern};
text_rule const token_rule{.min = 1, .max = 4096};

bool is_group_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, &is_name_character);
}

api_error invalid_parameter(std::string message) {
    return {.code = "InvalidParameterException", .status = 400, .message = std::move(message)};
}
api_error no_such_group() {
    return {.code = "ResourceNotFoundException",
            .status = 400,
            .message = "The specified log group does not exist."};
}
api_error no_such_stream() {
    return {.code = "ResourceNotFoundException",
            .status = 400,
            .message = "The specified log stream does not exist."};
}

std::int64_t milliseconds(utc_time at) {
    return at.time_since_epoch().count();
}

std::string group_arn(call const& c, std::string_view name) {
    return "arn:aws:logs:" + c.region + ":" + c.world.settings.account +
           ":log-group:" + std::string(name);
}

std::string stream_resource(call const& c, json::object const& input) {
    auto name = json::find_string(input, "logGroupName").value_or("");
    if (name.empty()) {
        name = json::find_string(input, "logGroupIdentifier").value_or("");
        name = name.substr(name.rfind(':') + 1);
    }
    return group_arn(c, name) +
           ":log-stream:" + std::string(json::find_string(input, "logStreamName").value_or(""));
}

std::string every_group_resource(call const& c, json::object const&) {
    return group_arn(c, "") + ":log-stream:";
}

outcome<std::string> read_group(call const& c, input_reader& in) {
    auto const name = in.find_text("logGroupName", group_name_rule);
    auto const identifier = in.find_text("logGroupIdentifier", identifier_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    if (name.has_value() == identifier.has_value())
        return invalid_parameter("Exactly one of logGroupName and logGroupIdentifier is needed");
    auto wanted = name ? *name : *identifier;
    if (identifier && wanted.starts_with("arn:")) {
        auto const prefix = group_arn(c, "");
        if (!wanted.starts_with(prefix))
            return no_such_group();
        wanted.remove_prefix(prefix.size());
    }
    if (!c.world.logs.has_group(c.region, wanted))
        return no_such_group();
    return outcome<std::string>(boost::system::in_place_value, wanted);
}

} // namespace cogniot::cloud::logs
