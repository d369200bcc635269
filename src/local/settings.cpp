#include "local/settings.hpp"

#include "base/error_category.hpp"
#include "base/read_file.hpp"
#include "base/text.hpp"
#include "json/parse.hpp"
#include "local/settings_table.hpp"
#include "local/template/source.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <iterator>

namespace cogniot::local {
namespace {

constexpr std::string_view enforce_rates = "enforce_rates";

std::string print_value(setting_row const& row, std::uint64_t number) {
    if (row.is_flag())
        return number != 0 ? "true" : "false";
    if (!row.words.empty())
        return std::string(row.words[number]);
    return std::to_string(number);
}

std::string print_range(setting_row const& row) {
    if (row.is_flag())
        return "true or false";
    if (row.words.empty())
        return std::to_string(row.least) + " to " + std::to_string(row.most);
    std::string all;
    for (auto const word : row.words)
        all.append(all.empty() ? "" : ", ").append(word);
    return all;
}

std::string names() {
    std::string out(enforce_rates);
    for (auto const& row : setting_rows())
        out.append(", ").append(row.name);
    return out;
}

/// The number that a value stands for; nothing if it is none of the row's.
std::optional<std::uint64_t> read_value(setting_row const& row, boost::json::value const& value) {
    if (row.is_flag())
        return value.is_bool() ? std::optional<std::uint64_t>(value.get_bool()) : std::nullopt;
    if (!row.words.empty()) {
        auto const word = value.is_string() ? std::string_view(value.get_string()) : "";
        auto const found = std::ranges::find(row.words, word);
        if (found == row.words.end())
            return {};
        return static_cast<std::uint64_t>(found - row.words.begin());
    }
    boost::system::error_code wrong;
    auto const number = value.to_number<std::uint64_t>(wrong);
    if (wrong || number < row.least || number > row.most)
        return {};
    return number;
}

error refuse(std::string_view name, std::string const& possible, boost::json::value const& value) {
    return fail(settings_errc::not_a_value, "`" + std::string(name) + "` is " + possible +
                                                ", not " + printable(json::print(value), 80));
}

/// The member that is wrong, for its place in a file.
struct complaint {
    std::string member;
    error what;
};

boost::system::result<settings, complaint> read(boost::json::object const& from);

/// Two settings of which the first cannot be more than the second.
struct order {
    std::string_view least;
    std::string_view most;
};
constexpr order ordered[] = {
    {"min_keep_alive_seconds", "max_keep_alive_seconds"},
    // A payload travels in a packet.
    {"max_payload_bytes", "max_packet_bytes"},
};

setting_row const* find_row(std::string_view name) {
    auto const rows = setting_rows();
    auto const found = std::ranges::find(rows, name, &setting_row::name);
    return found == rows.end() ? nullptr : &*found;
}

std::optional<complaint> check_order(order const& pair, settings const& made,
                                     boost::json::object const& from) {
    auto const least = find_row(pair.least)->get(made);
    auto const most = find_row(pair.most)->get(made);
    if (least <= most)
        return {};
    auto const show = [&](std::string_view name, std::uint64_t value) {
        return "`" + std::string(name) + "` (" + std::to_string(value) +
               (from.contains(name) ? ")" : " unless it is set)");
    };
    return complaint{std::string(from.contains(pair.least) ? pair.least : pair.most),
                     fail(settings_errc::not_a_value,
                          show(pair.least, least) + " is more than " + show(pair.most, most) +
                              ": set the first to " + std::to_string(most) +
                              " at most, or the second to " + std::to_string(least) + " at least")};
}

} // namespace

std::string_view describe(settings_errc e) {
    switch (e) {
    case settings_errc::unknown_setting:
        return "there is no such setting";
    case settings_errc::not_a_value:
        return "a setting has a value that it cannot have";
    }
    return "unknown settings error";
}

error_code make_error_code(settings_errc e) {
    return enum_code("settings", e);
}

std::vector<setting> all_settings() {
    settings const defaults;
    std::vector<setting> all{{.name = enforce_rates,
                              .of = setting::group::rates,
                              .values = "true or false",
                              .fallback = "false",
                              .aws = "true",
                              .meaning = "all rates of this table at once, as AWS has them; those "
                                         "that are set beside it count"}};
    for (auto const& row : setting_rows())
        all.push_back({.name = row.name,
                       .of = row.of,
                       .values = print_range(row),
                       .fallback = print_value(row, row.get(defaults)),
                       .aws = row.aws == 0 ? std::string() : std::to_string(row.aws),
                       .meaning = row.meaning});
    return all;
}

std::string print_settings_page() {
    struct section {
        setting::group of;
        std::string_view heading;
        std::string_view words;
    };
    static constexpr section sections[] = {
        {setting::group::limits, "Limits", "Enforced as AWS does. A test may lower them."},
        {setting::group::rates, "Rates",
         "Not enforced unless they are asked for (0), because local programs often exceed them. "
         "`enforce_rates: true` asks for all."},
        {setting::group::unconfirmed, "What nobody could confirm",
         "The default is what speaks for itself in the sources of [fidelity.md](fidelity.md)."},
    };
    std::string page = "# Settings\n\n"
                       "`cogniot local --settings FILE` takes a YAML or JSON file with any of "
                       "these; `--limits` is another name of\nthe flag. They hold for everything "
                       "but `--insecure-mqtt`. This page is what `cogniot local settings --output "
                       "markdown` prints.\n";
    auto const all = all_settings();
    for (auto const& s : sections) {
        bool const has_aws = s.of == setting::group::rates;
        page.append("\n## ").append(s.heading).append("\n").append(s.words);
        page += has_aws ? "\n\n| setting | values | default | AWS | |\n|---|---|---|---|---|\n"
                        : "\n\n| setting | values | default | |\n|---|---|---|---|\n";
        for (auto const& one : all) {
            if (one.of != s.of)
                continue;
            page.append("| `").append(one.name).append("` | ").append(one.values);
            page.append(" | ").append(one.fallback).append(" | ");
            if (has_aws)
                page.append(one.aws).append(" | ");
            page.append(one.meaning).append(" |\n");
        }
    }
    return page;
}

std::string print_settings_json() {
    boost::json::array list;
    for (auto const& one : all_settings()) {
        boost::json::object entry{{"name", one.name},
                                  {"values", one.values},
                                  {"default", one.fallback},
                                  {"meaning", one.meaning}};
        if (!one.aws.empty())
            entry["aws"] = one.aws;
        list.push_back(std::move(entry));
    }
    return json::print(list);
}

namespace {

boost::system::result<settings, complaint> read(boost::json::object const& from) {
    settings made;
    // First, whatever its place: rates that are named count.
    if (auto const* const all = from.if_contains(enforce_rates)) {
        if (!all->is_bool())
            return complaint{std::string(enforce_rates),
                             refuse(enforce_rates, "true or false", *all)};
        if (all->get_bool())
            for (auto const& row : setting_rows())
                if (row.aws != 0)
                    row.put(made, row.aws);
    }
    for (auto const& [name, value] : from) {
        if (name == enforce_rates)
            continue;
        auto const* const row = find_row(name);
        if (row == nullptr)
            return complaint{std::string(name),
                             fail(settings_errc::unknown_setting,
                                  "`" + printable(name, 80) + "`; there are " + names())};
        auto const number = read_value(*row, value);
        if (!number)
            return complaint{std::string(name), refuse(row->name, print_range(*row), value)};
        row->put(made, *number);
    }
    for (auto const& pair : ordered)
        if (auto wrong = check_order(pair, made, from))
            return std::move(*wrong);
    return made;
}

} // namespace

result<settings> parse_settings(boost::json::object const& from) {
    auto made = read(from);
    if (!made)
        return made.error().what;
    return std::move(*made);
}

result<settings> read_settings(std::filesystem::path const& path) {
    auto const text = read_file(path.string());
    if (!text)
        return error{text.error().code, "`" + path.string() + "`"};
    auto const source = read_template(path.string(), *text);
    if (!source)
        return source.error();
    auto made = read(source->root);
    if (made)
        return std::move(*made);
    auto where = path.string();
    if (auto const at = source->find_place(made.error().member))
        where += ":" + std::to_string(at->line) + ":" + std::to_string(at->column);
    return error{made.error().what.code, where + ": " + made.error().what.detail};
}

} // namespace cogniot::local
