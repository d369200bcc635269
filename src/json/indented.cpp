#include "json/indented.hpp"

#include "json/parse.hpp"

#include <boost/json.hpp>

namespace cogniot::json {
namespace {

/// `{"a": 1, "b": [2, 3]}`
std::string print_on_one_line(boost::json::value const& what) {
    std::string out;
    if (auto const* members = what.if_object()) {
        for (auto const& [key, member] : *members)
            out += (out.empty() ? "" : ", ") + boost::json::serialize(key) + ": " +
                   print_on_one_line(member);
        return "{" + out + "}";
    }
    if (auto const* items = what.if_array()) {
        for (auto const& item : *items)
            out += (&item == &items->front() ? "" : ", ") + print_on_one_line(item);
        return "[" + out + "]";
    }
    return json::print(what);
}

std::string print(boost::json::value const& what, std::size_t margin, std::size_t before,
                  std::size_t width) {
    auto line = print_on_one_line(what);
    if (margin + before + line.size() <= width || what.is_primitive())
        return line;
    std::string const inner(margin + 2, ' ');
    std::string out;
    if (auto const* members = what.if_object()) {
        for (auto const& [key, member] : *members) {
            auto const name = boost::json::serialize(key) + ": ";
            out += (out.empty() ? "\n" : ",\n") + inner + name +
                   print(member, margin + 2, name.size(), width);
        }
        return "{" + out + "\n" + std::string(margin, ' ') + "}";
    }
    for (auto const& item : what.get_array())
        out += (out.empty() ? "\n" : ",\n") + inner + print(item, margin + 2, 0, width);
    return "[" + out + "\n" + std::string(margin, ' ') + "]";
}

} // namespace

std::string print_indented(boost::json::value const& what, std::size_t margin, std::size_t width) {
    return print(what, margin, 0, width);
}

} // namespace cogniot::json
