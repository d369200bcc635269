#include "local/log_fields.hpp"

#include "json/parse.hpp"

#include <boost/json/object.hpp>

namespace cogniot::local {
namespace {

constexpr std::size_t max_text_bytes = 4 * 1024;
constexpr std::size_t max_explanation_bytes = 16 * 1024;
/// Beyond this a line loses `because`, which repeats policies and input; `explanation` says the
/// same.
constexpr std::size_t max_line_bytes = 64 * 1024;

/// The longest beginning of at most `limit` bytes that does not end within a character.
std::string_view cut(std::string_view utf8, std::size_t limit) {
    if (utf8.size() <= limit)
        return utf8;
    while (limit > 0 && (static_cast<unsigned char>(utf8[limit]) & 0xC0) == 0x80)
        --limit;
    return utf8.substr(0, limit);
}

} // namespace

void log_fields::begin() {
    line_.assign("{");
    because_at_ = std::string::npos;
}

void log_fields::name(std::string_view of) {
    line_ += line_.size() == 1 ? "\"" : ",\"";
    line_ += of; // our own word: nothing to escape
    line_ += "\":";
}

void log_fields::append_text(std::string_view value, std::size_t limit) {
    json::append_string(line_, cut(value, limit));
}

log_fields& log_fields::text(std::string_view of, std::string_view value) {
    if (value.empty())
        return *this;
    name(of);
    append_text(value, max_text_bytes);
    return *this;
}

log_fields& log_fields::number(std::string_view of, std::int64_t value) {
    name(of);
    line_ += std::to_string(value);
    return *this;
}

log_fields& log_fields::flag(std::string_view of, bool value) {
    return json(of, value ? "true" : "false");
}

log_fields& log_fields::json(std::string_view of, std::string_view value) {
    name(of);
    line_ += value;
    return *this;
}

log_fields& log_fields::explanation(std::string_view words) {
    if (words.empty())
        return *this;
    name("explanation");
    append_text(words, max_explanation_bytes);
    return *this;
}

log_fields& log_fields::reasons(std::string_view explained) {
    auto parsed = json::parse_object(explained, {.max_bytes = 1 << 20, .max_depth = 64});
    if (!parsed)
        return *this;
    explanation(json::find_string(*parsed, "words").value_or(""));
    parsed->erase("words");
    because_at_ = line_.size();
    return json("because", json::print(*parsed));
}

std::string_view log_fields::finish() {
    if (line_.size() > max_line_bytes && because_at_ != std::string::npos)
        line_.resize(because_at_);
    line_ += '}';
    return line_;
}

} // namespace cogniot::local
