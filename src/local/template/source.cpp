#include "local/template/source.hpp"

#include "base/number.hpp"
#include "json/parse.hpp"
#include "local/template/errors.hpp"

#include <boost/json.hpp>
#include <yaml-cpp/yaml.h>

namespace cogniot::local {
namespace {

constexpr std::size_t max_text_bytes = 1'000'000;
constexpr std::size_t max_nodes = 100'000;
constexpr std::size_t max_depth = 64;

/// Turns YAML nodes into JSON values and notes where they stood.
class converter {
  public:
    explicit converter(template_source& into) : into_(into) {}

    result<boost::json::value> convert(YAML::Node const& node, std::string const& path,
                                       std::size_t depth) {
        if (++nodes_ > max_nodes || depth > max_depth)
            return fail(template_errc::not_readable, where(node) + "more than " +
                                                         std::to_string(max_nodes) + " nodes or " +
                                                         std::to_string(max_depth) + " levels");
        into_.places.emplace(path, place_of(node));
        std::string const& tag = node.Tag();
        if (tag.size() > 1 && tag[0] == '!' && tag[1] != '!')
            return convert_short_tag(tag.substr(1), node, path, depth);
        return convert_plain(node, path, depth);
    }

  private:
    static json::place place_of(YAML::Node const& node) {
        return {static_cast<std::size_t>(node.Mark().line + 1),
                static_cast<std::size_t>(node.Mark().column + 1)};
    }

    std::string where(YAML::Node const& node) const {
        return into_.file + ":" + std::to_string(node.Mark().line + 1) + ": ";
    }

    result<boost::json::value> convert_short_tag(std::string const& name, YAML::Node const& node,
                                                 std::string const& path, std::size_t depth) {
        std::string const member = name == "Ref" || name == "Condition" ? name : "Fn::" + name;
        auto argument = convert_plain(node, member_path(path, member), depth);
        if (!argument)
            return argument;
        // `!GetAtt Pool.Arn` is short for a list of two.
        if (name == "GetAtt" && argument->is_string()) {
            std::string_view const text = argument->get_string();
            auto const dot = text.find('.');
            if (dot != std::string_view::npos)
                argument = boost::json::array{text.substr(0, dot), text.substr(dot + 1)};
        }
        return boost::json::value(boost::json::object{{member, std::move(*argument)}});
    }

    result<boost::json::value> convert_plain(YAML::Node const& node, std::string const& path,
                                             std::size_t depth) {
        if (node.IsScalar())
            return scalar(node);
        if (node.IsSequence()) {
            boost::json::array out;
            for (auto const& element : node) {
                auto value = convert(element, element_path(path, out.size()), depth + 1);
                if (!value)
                    return value;
                out.push_back(std::move(*value));
            }
            return boost::json::value(std::move(out));
        }
        if (node.IsMap()) {
            boost::json::object out;
            for (auto const& member : node) {
                if (!member.first.IsScalar())
                    return fail(template_errc::not_readable, where(node) + "a key must be text");
                std::string const key = member.first.Scalar();
                std::string const inner = member_path(path, key);
                auto value = convert(member.second, inner, depth + 1);
                if (!value)
                    return value;
                into_.places[inner] = place_of(member.first);
                if (!out.emplace(key, std::move(*value)).second)
                    return fail(template_errc::not_readable,
                                where(member.first) + "`" + key + "` is given twice");
            }
            return boost::json::value(std::move(out));
        }
        return boost::json::value(nullptr);
    }

    /// A plain scalar is a boolean or a number if it looks like one; a quoted one is text.
    static boost::json::value scalar(YAML::Node const& node) {
        std::string const& text = node.Scalar();
        if (node.Tag() == "!")
            return boost::json::value(text);
        if (text == "true" || text == "false")
            return boost::json::value(text == "true");
        if (text == "null" || text == "~")
            return boost::json::value(nullptr);
        auto const number = parse_number<std::int64_t>(text);
        // An account ID may start with 0: such digits are text.
        bool const is_plain = number && std::to_string(*number) == text;
        return is_plain ? boost::json::value(*number) : boost::json::value(text);
    }

    template_source& into_;
    std::size_t nodes_ = 0;
};

} // namespace

std::string member_path(std::string_view parent, std::string_view key) {
    return parent.empty() ? std::string(key) : std::string(parent) + "." + std::string(key);
}

std::string element_path(std::string_view parent, std::size_t index) {
    return std::string(parent) + "[" + std::to_string(index) + "]";
}

std::optional<json::place> template_source::find_place(std::string_view path) const {
    for (std::string_view at = path; !at.empty();) {
        if (auto const found = places.find(at); found != places.end())
            return found->second;
        auto const cut = at.find_last_of(".[");
        at = cut == std::string_view::npos ? std::string_view{} : at.substr(0, cut);
    }
    return {};
}

std::string template_source::place(std::string_view path) const {
    auto const found = find_place(path);
    return file + (found ? ":" + std::to_string(found->line) : "") + ": " + std::string(path);
}

result<template_source> read_template(std::string_view file_name, std::string_view text) {
    template_source out;
    out.file = std::string(file_name);
    if (text.size() > max_text_bytes)
        return fail(template_errc::not_readable, out.file + ": larger than 1,000,000 bytes");
    auto const first = text.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos && text[first] == '{') {
        // YAML would read JSON too, but its errors would speak of YAML.
        if (auto strict = json::parse(text, {.max_bytes = max_text_bytes, .max_depth = max_depth});
            !strict)
            return fail(template_errc::not_readable, out.file + ": " + strict.error().detail);
    }
    try {
        auto const documents = YAML::LoadAll(std::string(text));
        auto const root = documents.empty() ? YAML::Node() : documents.front();
        for (std::size_t i = 1; i < documents.size(); ++i)
            if (!documents[i].IsNull())
                return fail(template_errc::not_readable,
                            out.file + ":" + std::to_string(documents[i].Mark().line + 1) +
                                ": a second YAML document, behind `---`, would have no effect: put "
                                "all into one");
        if (!root.IsMap())
            return fail(template_errc::not_readable,
                        out.file + ": no top-level sections, each with its name and a colon");
        auto value = converter(out).convert(root, "", 0);
        if (!value)
            return value.error();
        out.root = std::move(value->as_object());
        return out;
    } catch (YAML::Exception const& wrong) {
        return fail(template_errc::not_readable,
                    out.file + ":" + std::to_string(wrong.mark.line + 1) + ":" +
                        std::to_string(wrong.mark.column + 1) + ": " + wrong.msg);
    }
}

} // namespace cogniot::local
