#include "client/aws_config_file.hpp"

#include "base/text.hpp"
#include "client/errors.hpp"

namespace cogniot::client {
namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/// Without a comment: `#` or `;` at the line's start or after a blank.
std::string_view without_comment(std::string_view line) {
    for (std::size_t at = 0; at < line.size(); ++at)
        if ((line[at] == '#' || line[at] == ';') && (at == 0 || is_blank(line[at - 1])))
            return line.substr(0, at);
    return line;
}

/// `profile "my name"` becomes `profile my name`; runs of blanks become one.
std::string tidy_header(std::string_view text) {
    std::string out;
    bool blank_before = false;
    for (char const c : trim(text)) {
        if (is_blank(c)) {
            blank_before = true;
        } else if (c != '"' && c != '\'') {
            if (blank_before)
                out += ' ';
            blank_before = false;
            out += c;
        }
    }
    return out;
}

class config_reader {
  public:
    explicit config_reader(std::string const& path) : path_(path) {}

    result<void> read_line(std::string_view raw) {
        ++line_;
        if (raw.ends_with('\r'))
            raw.remove_suffix(1);
        std::string_view const text = trim(without_comment(raw));
        if (text.empty())
            return {};
        if (is_blank(raw.front()))
            return read_indented(text);
        if (text.front() == '[')
            return read_header(text);
        return read_setting(text);
    }

    config_sections sections{};

  private:
    error wrong(std::string_view what) const {
        return fail(errc::config_file_unreadable,
                    "`" + path_ + "`, line " + std::to_string(line_) + ": " + std::string(what));
    }

    result<void> read_header(std::string_view text) {
        if (text.back() != ']')
            return wrong("the section's `[` has no `]`");
        section_ = &sections[tidy_header(text.substr(1, text.size() - 2))];
        key_.clear();
        return {};
    }

    result<void> read_setting(std::string_view text) {
        if (section_ == nullptr)
            return wrong("a setting stands before the first `[section]`");
        std::size_t const equals = text.find('=');
        if (equals == std::string_view::npos || trim(text.substr(0, equals)).empty())
            return wrong("a setting is written `key = value`");
        key_ = to_lower(trim(text.substr(0, equals)));
        section_->values[key_] = trim(text.substr(equals + 1));
        section_->blocks.erase(key_);
        return {};
    }

    /// A setting of a block if the key above it has no value, else more of that key's value.
    result<void> read_indented(std::string_view text) {
        if (section_ == nullptr || key_.empty())
            return text.front() == '[' ? read_header(text) : read_setting(text);
        std::string& value = section_->values[key_];
        if (!value.empty()) {
            value += '\n';
            value += text;
            return {};
        }
        std::size_t const equals = text.find('=');
        if (equals == std::string_view::npos || trim(text.substr(0, equals)).empty())
            return wrong("a setting in the block `" + printable(key_) +
                         "` is written `key = value`");
        section_->blocks[key_][to_lower(trim(text.substr(0, equals)))] =
            trim(text.substr(equals + 1));
        return {};
    }

    std::string const& path_;
    std::size_t line_ = 0;
    config_section* section_ = nullptr;
    std::string key_{};
};

/// The name after `kind `, or nothing.
std::optional<std::string> name_after(std::string_view kind, std::string const& header) {
    if (header.size() <= kind.size() + 1 || !header.starts_with(kind) || header[kind.size()] != ' ')
        return std::nullopt;
    return header.substr(kind.size() + 1);
}

void add(config_section& to, config_section&& from) {
    for (auto& [key, value] : from.values)
        to.values[key] = std::move(value);
    for (auto& [key, block] : from.blocks)
        to.blocks[key] = std::move(block);
}

} // namespace

std::optional<std::string> config_section::find(std::string const& key) const {
    auto const at = values.find(key);
    return at == values.end() || at->second.empty() ? std::nullopt : std::optional(at->second);
}

result<config_sections> parse_config_file(std::string_view content, std::string const& path) {
    config_reader reader(path);
    if (content.starts_with("\xEF\xBB\xBF")) // editors on Windows put a byte order mark first
        content.remove_prefix(3);
    for (std::string_view line : split(content, '\n'))
        if (auto read = reader.read_line(line); !read)
            return read.error();
    return std::move(reader.sections);
}

shared_config merge_config_files(config_sections config, config_sections credentials) {
    shared_config out;
    // `[profile default]` wins over `[default]`, so it is added later: d < p in the map's order.
    for (auto& [header, section] : config) {
        if (auto const name = name_after("services", header))
            add(out.services[*name], std::move(section));
        else if (auto const profile = name_after("profile", header))
            add(out.profiles[*profile], std::move(section));
        else if (header == "default")
            add(out.profiles[header], std::move(section));
    }
    for (auto& [name, section] : credentials)
        add(out.profiles[name], std::move(section));
    return out;
}

} // namespace cogniot::client
