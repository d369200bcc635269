#include "local/wire_query.hpp"

#include "base/text.hpp"
#include "json/parse.hpp"

#include <algorithm>
#include <charconv>
#include <map>

namespace cogniot::local {
namespace {

/// Deeper than any shape of IAM or STS; a bound on what a stranger can make us nest.
constexpr std::size_t max_parts = 24;
/// More than any operation takes (lists of 1,000 members); each costs us many times its bytes.
constexpr std::size_t max_fields = 4096;

struct node {
    std::string value{};
    std::map<std::string, node, std::less<>> children{};
};

/// Children of `member` or `entry` by their number, as sent: 1, 2, …, 10.
std::vector<node const*> in_number_order(node const& list) {
    std::vector<std::pair<unsigned long, node const*>> numbered;
    for (auto const& [name, child] : list.children) {
        unsigned long number = 0;
        auto const end = name.data() + name.size();
        if (std::from_chars(name.data(), end, number).ptr == end)
            numbered.emplace_back(number, &child);
    }
    std::ranges::sort(numbered);
    std::vector<node const*> ordered;
    for (auto const& [number, child] : numbered)
        ordered.push_back(child);
    return ordered;
}

boost::json::value convert(node const& from) {
    if (from.children.empty())
        return boost::json::value(from.value);
    if (from.children.size() == 1) {
        auto const& [name, only] = *from.children.begin();
        if (name == "member" && !only.children.empty()) {
            boost::json::array list;
            for (auto const* item : in_number_order(only))
                list.push_back(convert(*item));
            return list;
        }
        if (name == "entry" && !only.children.empty()) {
            boost::json::object map;
            for (auto const* item : in_number_order(only)) {
                auto const key = item->children.find("key");
                auto const value = item->children.find("value");
                if (key != item->children.end() && value != item->children.end())
                    map[key->second.value] = convert(value->second);
            }
            return map;
        }
    }
    boost::json::object structure;
    for (auto const& [name, child] : from.children)
        structure[name] = convert(child);
    return structure;
}

std::optional<std::string> decode_field(std::string_view text) {
    std::string spaced(text);
    std::ranges::replace(spaced, '+', ' ');
    return percent_decode(spaced);
}

std::string_view find_field(form_fields const& fields, std::string_view name) {
    auto const found = std::ranges::find(
        fields, name, [](auto const& f) -> std::string const& { return f.first; });
    return found == fields.end() ? std::string_view{} : std::string_view(found->second);
}

void append_escaped(std::string& out, std::string_view text) {
    for (char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '\r':
            out += "&#13;";
            break;
        default:
            // XML 1.0 has no way to write the other control characters.
            if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n')
                out += "\xEF\xBF\xBD";
            else
                out += c;
        }
    }
}

void append_members(std::string& out, boost::json::object const& members);

void append_value(std::string& out, boost::json::value const& value) {
    if (auto const* o = value.if_object()) {
        append_members(out, *o);
    } else if (auto const* a = value.if_array()) {
        for (auto const& item : *a) {
            out += "<member>";
            append_value(out, item);
            out += "</member>";
        }
    } else if (auto const* s = value.if_string()) {
        append_escaped(out, *s);
    } else if (!value.is_null()) {
        out += json::print(value);
    }
}

void append_members(std::string& out, boost::json::object const& members) {
    for (auto const& [name, value] : members) {
        if (value.is_null())
            continue;
        out.append("<").append(name).append(">");
        append_value(out, value);
        out.append("</").append(name).append(">");
    }
}

net::http_response xml(int status, std::string body) {
    net::http_response made;
    made.status = status;
    made.headers.add("Content-Type", "text/xml");
    made.body = std::move(body);
    return made;
}

} // namespace

std::optional<form_fields> parse_form(std::string_view text) {
    form_fields fields;
    if (text.empty())
        return fields;
    for (auto const part : split(text, '&')) {
        if (part.empty())
            continue;
        auto const equals = part.find('=');
        auto name = decode_field(part.substr(0, equals));
        auto value = equals == std::string_view::npos ? std::string{}
                                                      : decode_field(part.substr(equals + 1));
        if (!name || !value || fields.size() == max_fields)
            return {};
        fields.emplace_back(std::move(*name), std::move(*value));
    }
    return fields;
}

bool has_utf8_only(form_fields const& fields) {
    return std::ranges::all_of(
        fields, [](auto const& field) { return is_utf8(field.first) && is_utf8(field.second); });
}

boost::json::object unflatten(form_fields const& fields) {
    node root;
    for (auto const& [name, value] : fields) {
        auto const parts = split(name, '.');
        if (parts.size() > max_parts)
            continue;
        node* at = &root;
        for (auto const part : parts)
            at = &at->children[std::string(part)];
        at->value = value;
    }
    boost::json::object input;
    for (auto const& [name, child] : root.children)
        input[name] = convert(child);
    return input;
}

std::optional<form_fields> find_form(net::http_request const& request) {
    auto const has_action = [](form_fields const& fields) {
        return std::ranges::any_of(fields, [](auto const& f) { return f.first == "Action"; });
    };
    if (auto fields = parse_form(request.query()); fields && has_action(*fields)) {
        if (auto more = parse_form(request.body); more && request.method == "POST")
            fields->insert(fields->end(), more->begin(), more->end());
        return fields;
    }
    auto const type = request.headers.find("content-type").value_or("");
    if (request.method == "POST" && to_lower(type).starts_with("application/x-www-form-urlencoded"))
        if (auto fields = parse_form(request.body); fields && has_action(*fields))
            return fields;
    return {};
}

cloud::outcome<api_call> read_query(cloud::service const& service,
                                    net::http_request const& request) {
    auto fields = find_form(request);
    if (!fields)
        return cloud::api_error{"MissingAction", 400,
                                "The request is missing an action or a required parameter."};
    auto const name = find_field(*fields, "Action");
    auto const row = std::ranges::find(service.operations, name, &cloud::operation::name);
    if (row == service.operations.end()) {
        if (std::ranges::find(service.not_built, name) != service.not_built.end())
            return not_built(service.name, name);
        auto version = find_field(*fields, "Version");
        return cloud::api_error{
            "InvalidAction", 400,
            "Could not find operation " + printable(name, 100) + " for version " +
                (version.empty() ? "NO_VERSION_SPECIFIED" : printable(version, 40))};
    }
    if (!has_utf8_only(*fields))
        return cloud::api_error{"MalformedQueryString", 400,
                                "The query string is not percent-encoded UTF-8."};
    // What says who and what is not part of the input; the signature may stand in the query string.
    std::erase_if(*fields, [](auto const& f) {
        return f.first == "Action" || f.first == "Version" || f.first.starts_with("X-Amz-");
    });
    return api_call{&service, &*row, unflatten(*fields)};
}

net::http_response write_query(cloud::service const& service, cloud::operation const& row,
                               boost::json::object const& output, std::string_view request_id) {
    std::string const name(row.name);
    std::string body =
        "<" + name + "Response xmlns=\"" + std::string(service.xml_namespace) + "\">\n";
    if (!row.empty_answer) {
        body += "  <" + name + "Result>";
        append_members(body, output);
        body += "</" + name + "Result>\n";
    }
    body += "  <ResponseMetadata>\n    <RequestId>" + std::string(request_id) +
            "</RequestId>\n  </ResponseMetadata>\n</" + name + "Response>\n";
    return xml(200, std::move(body));
}

net::http_response write_query_error(std::string_view xml_namespace, cloud::api_error const& e,
                                     std::string_view request_id) {
    std::string body = "<ErrorResponse xmlns=\"" + std::string(xml_namespace) +
                       "\">\n  <Error>\n    <Type>" + (e.status < 500 ? "Sender" : "Receiver") +
                       "</Type>\n    <Code>";
    append_escaped(body, e.code);
    body += "</Code>\n    <Message>";
    append_escaped(body, e.message);
    body += "</Message>\n  </Error>\n  <RequestId>" + std::string(request_id) +
            "</RequestId>\n</ErrorResponse>\n";
    return xml(e.status, std::move(body));
}

} // namespace cogniot::local
