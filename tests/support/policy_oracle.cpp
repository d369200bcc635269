#include "support/policy_oracle.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <ctime>
#include <map>
#include <optional>
#include <vector>

namespace cogniot::test {
namespace {

using boost::json::object;
using boost::json::value;
using text = std::string;

text lower(text s) {
    std::transform(s.begin(), s.end(), s.begin(), [](unsigned char c) { return std::tolower(c); });
    return s;
}
text text_of(value const& v) {
    return v.is_string() ? text(v.as_string()) : boost::json::serialize(v);
}
std::vector<text> list_of(value const& v) {
    if (!v.is_array())
        return {text_of(v)};
    std::vector<text> all(v.as_array().size());
    std::transform(v.as_array().begin(), v.as_array().end(), all.begin(), text_of);
    return all;
}

struct world {
    std::map<text, std::vector<text>> keys{};
    std::map<text, bool> is_list{};
    bool variables = false; // of the document being read
    bool iot = false;
};

/// One position of a pattern: a character that must be there, `*` or `?`.
struct token {
    char c;
    bool any = false;
    bool one = false;
    bool ends_segment = false;
};

/// Nothing if a variable has no value. Variables count after the fifth colon.
std::optional<std::vector<token>> expand(text const& p, world const& w, bool wild, int colons) {
    std::vector<token> out;
    for (std::size_t i = 0; i < p.size(); ++i) {
        if (!w.variables || colons < 5 || p.compare(i, 2, "${") != 0) {
            auto const next = p.find_first_not_of('*', i);
            out.push_back({p[i], wild && p[i] == '*', wild && p[i] == '?',
                           next == text::npos || p[next] == ':'});
            colons += p[i] == ':';
            continue;
        }
        auto name = p.substr(i + 2, p.find('}', i) - i - 2);
        i = p.find('}', i);
        std::optional<text> found;
        if (name == "*" || name == "?" || name == "$")
            found = name;
        if (auto const comma = name.find(", '"); comma != text::npos) {
            found = name.substr(comma + 3, name.size() - comma - 4);
            name.resize(comma);
        }
        if (w.keys.count(lower(name)) != 0 && !w.is_list.at(lower(name)))
            found = w.keys.at(lower(name))[0];
        if (!found)
            return {};
        for (char c : *found)
            out.push_back({c});
    }
    return out;
}

/// @param crosses  whether the wildcard `p[i]` may take the colon `t[j]`
template <typename Crosses>
bool glob(std::vector<token> const& p, text const& t, Crosses crosses) {
    // can[i][j]: the pattern from i matches the text from j.
    std::vector<std::vector<bool>> can(p.size() + 1, std::vector<bool>(t.size() + 1));
    for (std::size_t i = p.size() + 1; i-- > 0;)
        for (std::size_t j = t.size() + 1; j-- > 0;) {
            bool const takes = j < t.size() && (t[j] != ':' || (i < p.size() && crosses(p[i], j)));
            if (i == p.size())
                can[i][j] = j == t.size();
            else if (p[i].any)
                can[i][j] = can[i + 1][j] || (takes && can[i][j + 1]);
            else if (j < t.size())
                can[i][j] = (p[i].one ? takes : p[i].c == t[j]) && can[i + 1][j + 1];
        }
    return can[0][0];
}

/// Seconds if `op` is a Date operator, else the number itself.
std::optional<double> number(text const& op, text const& s) {
    std::tm tm{};
    auto const* rest = strptime(s.c_str(), "%Y-%m-%dT%H:%M:%SZ", &tm);
    if (op[0] == 'D' && rest != nullptr && *rest == 0)
        return static_cast<double>(timegm(&tm));
    if (s.empty() || s[0] == 'e' ||
        s.find_first_not_of(op[0] == 'D' ? "0123456789.-" : "0123456789.-e") < s.size())
        return {};
    char* end = nullptr;
    double const d = std::strtod(s.c_str(), &end);
    return *end == 0 ? std::optional(d) : std::nullopt;
}
bool in_order(text const& op, text const& have, text const& want) {
    auto const h = number(op, have);
    auto const w = number(op, want);
    if (!h || !w)
        return false;
    if (*h == *w)
        return op.ends_with("Equals");
    return *h < *w ? op.find("Less") != text::npos : op.find("Greater") != text::npos;
}
bool in_range(text const& range, text const& address) {
    auto const slash = range.find('/');
    int const family = range.find(':') == text::npos ? AF_INET : AF_INET6;
    unsigned char net[16];
    unsigned char host[16];
    if (inet_pton(family, range.substr(0, slash).c_str(), net) != 1 ||
        inet_pton(family, address.c_str(), host) != 1)
        return false;
    std::size_t bits = family == AF_INET ? 32 : 128;
    if (slash != text::npos)
        bits = std::stoul(range.substr(slash + 1));
    for (std::size_t i = 0; i < bits; ++i)
        if (((net[i / 8] ^ host[i / 8]) >> (7 - i % 8) & 1) != 0)
            return false;
    return true;
}

/// `op` without prefix, suffix and negation.
bool value_matches(text const& op, text const& want, text const& have, world const& w) {
    if (op.starts_with("Numeric") || op.starts_with("Date"))
        return in_order(op, have, want);
    if (op == "IpAddress")
        return in_range(want, have);
    if (op == "BinaryEquals")
        return want == have;
    auto const all = expand(want, w, op == "StringLike" || op.starts_with("Arn"), 5);
    if (!all)
        return false;
    text plain;
    for (auto const& t : *all)
        plain += t.c;
    if (op == "Bool")
        return lower(plain) == lower(have) && (lower(have) == "true" || lower(have) == "false");
    if (op.starts_with("StringEquals"))
        return op == "StringEquals" ? plain == have : lower(plain) == lower(have);
    std::size_t fifth = 0;
    if (op.starts_with("Arn") &&
        (!have.starts_with("arn:") || std::count(have.begin(), have.end(), ':') < 5))
        return false;
    for (int i = 0; i < 5 && op.starts_with("Arn"); ++i)
        fifth = have.find(':', fifth) + 1;
    return glob(*all, have, [&](token const&, std::size_t j) { return j >= fifth; });
}

bool condition_holds(text op, text const& key, std::vector<text> const& wanted, world const& w) {
    auto const cut = [&](text const& what) {
        auto const at = op.find(what);
        return at != text::npos && (op.erase(at, what.size()), true);
    };
    bool const all = cut("ForAllValues:"), any = cut("ForAnyValue:");
    bool const if_exists = cut("IfExists"), negated = cut("Not");
    auto const found = w.keys.find(lower(key));
    bool const present = found != w.keys.end() && !found->second.empty();
    auto const some = [&](auto is) { return std::any_of(wanted.begin(), wanted.end(), is); };
    if (op == "Null")
        return some([&](text const& t) { return lower(t) == (present ? "false" : "true"); });
    bool const typed = op[0] == 'N' || op[0] == 'D' || op[0] == 'I' || op == "BinaryEquals";
    if (w.iot && !typed && (negated || !present) &&
        some([&](text const& t) { return !expand(t, w, false, 5); }))
        return false;
    if (!present)
        return if_exists || all || (negated && !any);
    std::size_t good = 0;
    for (auto const& have : found->second)
        good += some([&](text const& t) { return value_matches(op, t, have, w); }) != negated;
    return all || (negated && !any) ? good == found->second.size() : good > 0;
}

/// Whether `Action` (or `Resource`) names the request, or `NotAction` does not.
template <typename Matches>
bool element_holds(object const& s, text const& element, Matches matches) {
    bool const negated = !s.contains(element);
    auto const all = list_of(s.at(negated ? "Not" + element : element));
    return std::any_of(all.begin(), all.end(), matches) != negated;
}

bool statement_holds(object const& s, object const& line, world const& w) {
    auto const action = [&](text const& p) {
        return glob(*expand(lower(p), {}, true, 0), lower(list_of(line.at("action"))[0]),
                    [](auto, auto) { return true; });
    };
    auto const resource = [&](text const& p) {
        auto const all = expand(p, w, true, 0);
        if (!all)
            return w.iot && s.contains("NotResource");
        return glob(*all, list_of(line.at("resource"))[0], [&](token const& t, std::size_t) {
            return w.iot || (t.any && t.ends_segment);
        });
    };
    if (!element_holds(s, "Action", action) || !element_holds(s, "Resource", resource))
        return false;
    if (s.contains("Condition"))
        for (auto const& [op, keys] : s.at("Condition").as_object())
            for (auto const& [key, wanted] : keys.as_object())
                if (!condition_holds(op, key, list_of(wanted), w))
                    return false;
    return true;
}

} // namespace

text decide_slowly(object const& line) {
    world w;
    w.iot = line.contains("kind") && line.at("kind") == "iot";
    for (auto const& [key, v] : line.at("context").as_object()) {
        w.keys[lower(key)] = list_of(v);
        w.is_list[lower(key)] = v.is_array();
    }
    bool allowed = false, denied = false;
    for (auto const& policy : line.at("policies").as_array()) {
        w.variables =
            policy.as_object().contains("Version") && policy.at("Version") == "2012-10-17";
        auto const& s = policy.at("Statement");
        for (auto const& one : s.is_array() ? s.as_array() : boost::json::array{s})
            if (statement_holds(one.as_object(), line, w))
                (one.at("Effect") == "Allow" ? allowed : denied) = true;
    }
    return denied ? "explicit_deny" : allowed ? "allow" : "implicit_deny";
}

} // namespace cogniot::test
