#include "cli/message_format.hpp"

#include "base/text.hpp"
#include "client/errors.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

namespace cogniot::cli {
namespace {

constexpr std::string_view letters = "tpqrlmxXjJIU";

/// mosquitto_sub's %j and %J: the same members; %J holds a payload that is JSON as such.
std::string print_json(client::received_message const& m, utc_time received, bool payload_is_json) {
    json::object out{{"tst", print_extended(received)},
                     {"topic", m.topic},
                     {"qos", static_cast<int>(m.level)},
                     {"retain", m.retain ? 1 : 0},
                     {"payloadlen", m.payload.size()}};
    if (m.level != mqtt::qos::at_most_once)
        out["mid"] = m.id;
    if (payload_is_json) {
        if (auto parsed = json::parse(m.payload, {.max_bytes = m.payload.size() + 1})) {
            out["payload"] = std::move(*parsed);
            return json::print(out);
        }
    }
    // JSON is text: a payload that is not goes as hexadecimal digits under a name of its own.
    if (is_utf8(m.payload))
        out["payload"] = m.payload;
    else
        out["payload_hex"] = encode_hex(m.payload);
    return json::print(out);
}

std::string print_field(char letter, client::received_message const& m, utc_time received) {
    switch (letter) {
    case 't':
        return m.topic;
    case 'p':
        return m.payload;
    case 'q':
        return std::to_string(static_cast<int>(m.level));
    case 'r':
        return m.retain ? "1" : "0";
    case 'l':
        return std::to_string(m.payload.size());
    case 'm':
        return std::to_string(m.id);
    case 'x':
        return encode_hex(m.payload);
    case 'X':
        return to_upper(encode_hex(m.payload));
    case 'j':
        return print_json(m, received, false);
    case 'J':
        return print_json(m, received, true);
    case 'I':
        return print_extended(received);
    case 'U': {
        auto const ms = received.time_since_epoch().count();
        auto const fraction = std::to_string(1000 + ms % 1000).substr(1);
        return std::to_string(ms / 1000) + "." + fraction;
    }
    default:
        return {};
    }
}

std::optional<char> escaped(char letter) {
    switch (letter) {
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case 'r':
        return '\r';
    case 'a':
        return '\a';
    case 'e':
        return '\x1b';
    case '0':
        return '\0';
    case '\\':
        return '\\';
    default:
        return {};
    }
}

} // namespace

result<message_format> message_format::parse(std::string_view format) {
    message_format out;
    std::string plain;
    auto const flush = [&] {
        if (!plain.empty())
            out.parts_.emplace_back(text{std::exchange(plain, {})});
    };
    for (std::size_t i = 0; i < format.size(); ++i) {
        char const c = format[i];
        if (c != '%' && c != '\\') {
            plain += c;
            continue;
        }
        char const next = i + 1 < format.size() ? format[i + 1] : '\0';
        bool const is_last = i + 1 == format.size();
        if (c == '%' && next == '%' && !is_last) {
            plain += '%';
        } else if (c == '%' && !is_last && letters.find(next) != std::string_view::npos) {
            flush();
            out.parts_.emplace_back(field{next});
        } else if (auto const byte = escaped(next); c == '\\' && !is_last && byte) {
            plain += *byte;
        } else {
            return fail(client::errc::setting_unusable,
                        "-F: `" + printable(format.substr(i, 2)) + "` at position " +
                            std::to_string(i + 1) +
                            " is not one of %t %p %q %r %l %m %x %X %j %J " +
                            "%I %U %% \\n \\t \\r \\a \\e \\0 \\\\");
        }
        ++i;
    }
    flush();
    return out;
}

std::string message_format::print(client::received_message const& m, utc_time received) const {
    std::string out;
    for (auto const& part : parts_) {
        if (auto const* plain = std::get_if<text>(&part))
            out += plain->what;
        else
            out += print_field(std::get<field>(part).letter, m, received);
    }
    return out;
}

} // namespace cogniot::cli
