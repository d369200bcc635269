#include "client/xml_answer.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "client/errors.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

namespace cogniot::client {
namespace {

constexpr std::size_t max_depth = 32;

/// `amp`, `#xA`, `#10`; nothing for a name that XML itself does not define and a
/// number that is no character.
std::optional<std::string> decode_entity(std::string_view name) {
    for (auto const& [entity, meaning] : {std::pair<std::string_view, char>{"amp", '&'},
                                          {"lt", '<'},
                                          {"gt", '>'},
                                          {"quot", '"'},
                                          {"apos", '\''}})
        if (name == entity)
            return std::string(1, meaning);
    if (!name.starts_with('#'))
        return {};
    bool const is_hex = name.starts_with("#x");
    auto const digits = name.substr(is_hex ? 2 : 1);
    std::uint32_t code = 0;
    auto const [end, fault] =
        std::from_chars(digits.data(), digits.data() + digits.size(), code, is_hex ? 16 : 10);
    if (fault != std::errc() || end != digits.data() + digits.size() || !is_character(code))
        return {};
    std::string character;
    append_utf8(character, code);
    return character;
}

class reader {
  public:
    explicit reader(std::string_view text) : text_(text) {}

    result<json::object> run() {
        if (!skip_to_element())
            return fault("no element");
        auto root = read_element(0);
        if (!root)
            return root.error();
        json::object out;
        out[root->name] = std::move(root->inside);
        return out;
    }

  private:
    error fault(std::string const& what) const {
        return fail(errc::answer_not_understood, "XML, byte " + std::to_string(at_) + ": " + what);
    }
    std::string_view rest() const { return text_.substr(at_); }
    bool pass(std::string_view closing) {
        auto const found = text_.find(closing, at_);
        if (found == std::string_view::npos)
            return false;
        at_ = found + closing.size();
        return true;
    }
    /// Passes the declaration, comments and white space. False if no element begins then.
    bool skip_to_element() {
        for (;;) {
            at_ = std::min(text_.find('<', at_), text_.size());
            if (rest().starts_with("<?")) {
                if (!pass("?>"))
                    return false;
            } else if (rest().starts_with("<!--")) {
                if (!pass("-->"))
                    return false;
            } else {
                return at_ < text_.size();
            }
        }
    }

    struct element {
        std::string name{};
        json::value inside{};
    };

    /// At `<`.
    result<element> read_element(std::size_t depth) {
        if (depth == max_depth)
            return fault("elements nest too deeply");
        auto const end = text_.find('>', at_);
        if (end == std::string_view::npos)
            return fault("a tag is not closed");
        auto tag = text_.substr(at_ + 1, end - at_ - 1);
        bool const is_empty = tag.ends_with('/');
        if (is_empty)
            tag.remove_suffix(1);
        auto const name = tag.substr(0, tag.find_first_of(" \t\r\n"));
        if (name.empty() || name.starts_with('/') || name.starts_with('!'))
            return fault("an element was expected");
        at_ = end + 1;
        if (is_empty)
            return element{std::string(name), ""};
        auto inside = read_inside(name, depth);
        if (!inside)
            return inside.error();
        return element{std::string(name), std::move(*inside)};
    }

    /// After `<name>`: up to and with `</name>`.
    result<json::value> read_inside(std::string_view name, std::size_t depth) {
        std::string text;
        std::vector<element> elements;
        for (;;) {
            auto const open = text_.find('<', at_);
            if (open == std::string_view::npos)
                return fault("`" + printable(name) + "` is not closed");
            auto decoded = decode_text(text_.substr(at_, open - at_));
            if (!decoded)
                return decoded.error();
            text += *decoded;
            at_ = open;
            if (rest().starts_with("<!--")) {
                if (!pass("-->"))
                    return fault("a comment is not closed");
            } else if (rest().starts_with("</")) {
                auto const closing =
                    rest().substr(2, std::min(rest().find('>'), rest().size()) - 2);
                if (trim(closing) != name || !pass(">"))
                    return fault("`" + printable(name) + "` is not closed");
                return assemble(std::move(text), std::move(elements));
            } else {
                auto one = read_element(depth + 1);
                if (!one)
                    return one.error();
                elements.push_back(std::move(*one));
            }
        }
    }

    static json::value assemble(std::string text, std::vector<element> elements) {
        if (elements.empty())
            return json::value(text);
        bool const is_list = std::all_of(elements.begin(), elements.end(),
                                         [](element const& e) { return e.name == "member"; });
        json::array list;
        json::object members;
        for (auto& e : elements) {
            if (is_list)
                list.push_back(std::move(e.inside));
            else
                members[e.name] = std::move(e.inside);
        }
        return is_list ? json::value(std::move(list)) : json::value(std::move(members));
    }

    result<std::string> decode_text(std::string_view raw) const {
        std::string out;
        while (!raw.empty()) {
            auto const mark = std::min(raw.find('&'), raw.size());
            out += raw.substr(0, mark);
            raw.remove_prefix(mark);
            if (raw.empty())
                break;
            auto const end = raw.find(';');
            auto const meant = end == std::string_view::npos
                                   ? std::nullopt
                                   : decode_entity(raw.substr(1, end - 1));
            if (!meant)
                return fault("an entity that XML does not have");
            out += *meant;
            raw.remove_prefix(end + 1);
        }
        return out;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

} // namespace

result<json::object> read_xml(std::string_view text) {
    return reader(text).run();
}

result<json::object> read_query_answer(std::string_view operation, std::string_view xml) {
    auto const read = read_xml(xml);
    if (!read)
        return read.error();
    auto const* const answer = json::find_object(*read, std::string(operation) + "Response");
    if (!answer)
        return fail(errc::answer_not_understood,
                    "no <" + printable(operation) + "Response> in the answer");
    auto const* const inside = json::find_object(*answer, std::string(operation) + "Result");
    return inside ? *inside : json::object();
}

std::string make_query_body(std::string_view action, std::string_view version,
                            std::vector<std::pair<std::string, std::string>> const& fields) {
    std::string out = "Action=" + percent_encode(action) + "&Version=" + percent_encode(version);
    for (auto const& [name, value] : fields)
        if (!value.empty())
            out += "&" + percent_encode(name) + "=" + percent_encode(value);
    return out;
}

} // namespace cogniot::client
