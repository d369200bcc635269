#include "policy/evaluate_line.hpp"

#include "base/edit_distance.hpp"
#include "base/text.hpp"
#include "json/located.hpp"
#include "policy/decide.hpp"
#include "policy/words.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace cogniot::policy {
namespace {

using json::located;

/// The member that a misspelt one stands for; nullptr if it is spelt well, or something else.
char const* find_meant(std::string_view name) {
    constexpr std::array<char const*, 6> members{"policies", "action", "resource",
                                                 "context",  "kind",   "principal"};
    auto const near = std::find_if(members.begin(), members.end(), [&](char const* member) {
        return edit_distance(to_lower(name), member) <= 1;
    });
    return near == members.end() || name == *near ? nullptr : *near;
}

/// Why a line has no decision.
struct refusal {
    std::string message;
    boost::json::object more{};
};

refusal refuse(std::string message) {
    return {std::move(message), {}};
}

bool is_scalar(located const& node) {
    return node.is_string() || node.what == located::type::number ||
           node.what == located::type::boolean;
}

/// A line, read.
class evaluation {
  public:
    evaluation(std::string_view line, document_cache& cache) : line_(line), cache_(cache) {}

    std::optional<refusal> read(kind what) {
        auto root = json::parse_located(line_, {.max_bytes = max_line_bytes, .max_depth = 64});
        if (!root)
            return refuse("the line is not usable JSON: " + root.error().detail);
        if (!root->is_object())
            return refuse("the line is " + std::string(json::describe(root->what)) +
                          ", not an object");
        for (auto const& m : root->members)
            if (auto const* meant = find_meant(m.name))
                return refuse("there is no member `" + printable(m.name, 80) + "`; is `" +
                              std::string(meant) + "` meant?");
        if (auto const* word = root->find("kind")) {
            auto const known = word->is_string() ? find_kind(word->text) : std::nullopt;
            if (!known)
                return refuse("`kind` is any, role, managed, session, trust or iot");
            what = *known;
        }
        if (auto r = read_text(*root, "action", action_))
            return r;
        if (auto r = read_text(*root, "resource", resource_))
            return r;
        if (auto r = read_context(*root))
            return r;
        if (auto r = read_principal(*root))
            return r;
        return read_policies(*root, what);
    }

    boost::json::object answer() const {
        std::vector<named_document> named;
        named.reserve(documents_.size());
        for (std::size_t i = 0; i < documents_.size(); ++i)
            named.push_back({names_[i], &documents_[i]});
        std::vector<principal_name> who;
        who.reserve(principals_.size());
        for (auto const& [type, value] : principals_)
            who.push_back({type, value});
        request const asked{action_, resource_, facts_, who};
        auto const why = explain(named, asked);
        auto out = print_json(why, named, asked);
        out["words"] = print_words(why, named, asked);
        return out;
    }

  private:
    static std::optional<refusal> read_text(located const& root, char const* name,
                                            std::string& into) {
        auto const* found = root.find(name);
        if (found == nullptr)
            return refuse("`" + std::string(name) + "` is missing");
        if (!found->is_string())
            return refuse("`" + std::string(name) + "` is " +
                          std::string(json::describe(found->what)) + ", not text");
        if (found->text.empty() || found->text.size() > max_request_text_bytes)
            return refuse("`" + std::string(name) + "` has " + std::to_string(found->text.size()) +
                          " bytes: 1 to " + std::to_string(max_request_text_bytes) + " are taken");
        into = found->text;
        return {};
    }

    std::optional<refusal> read_context(located const& root) {
        auto const* found = root.find("context");
        if (found == nullptr)
            return {};
        if (!found->is_object())
            return refuse("`context` is " + std::string(json::describe(found->what)) +
                          ", not an object");
        std::set<std::string> keys;
        for (auto const& m : found->members) {
            // IAM reads keys without regard to case.
            if (!keys.insert(to_lower(m.name)).second)
                return refuse("`context` has `" + printable(m.name, 80) + "` twice");
            std::vector<std::string> values;
            for (auto const& item : m.value.items)
                if (is_scalar(item))
                    values.push_back(item.text);
            if (m.value.is_array() && values.size() == m.value.items.size())
                facts_.set_list(m.name, std::move(values));
            else if (is_scalar(m.value))
                facts_.set(m.name, m.value.text);
            else
                return refuse("`context`: `" + printable(m.name, 80) +
                              "` is text, a number, true, false or a list of these");
        }
        return {};
    }

    std::optional<refusal> read_principal(located const& root) {
        auto const* found = root.find("principal");
        if (found == nullptr)
            return {};
        auto const wrong = refuse("`principal` is an object like {\"Federated\": "
                                  "\"cognito-identity.amazonaws.com\"}");
        if (!found->is_object())
            return wrong;
        for (auto const& m : found->members) {
            if (m.value.is_string())
                principals_.emplace_back(m.name, m.value.text);
            else if (!m.value.is_array())
                return wrong;
            for (auto const& item : m.value.items) {
                if (!item.is_string())
                    return wrong;
                principals_.emplace_back(m.name, item.text);
            }
        }
        return {};
    }

    std::optional<refusal> read_policies(located const& root, kind what) {
        auto const* found = root.find("policies");
        if (found == nullptr)
            return refuse("`policies` is missing");
        if (!found->is_array())
            return refuse("`policies` is " + std::string(json::describe(found->what)) +
                          ", not a list");
        for (std::size_t i = 0; i < found->items.size(); ++i) {
            auto const& item = found->items[i];
            auto name = "policies[" + std::to_string(i) + "]";
            if (!item.is_object() && !item.is_string())
                return refuse(name + " is " + std::string(json::describe(item.what)) +
                              ", neither an object nor text");
            auto const text = item.is_string() ? std::string_view(item.text)
                                               : line_.substr(item.begin, item.end - item.begin);
            complaint why;
            auto parsed = cache_.parse(text, what, &why);
            if (!parsed) {
                auto r = refuse(name + ": " + parsed.error().detail);
                r.more["policy"] = i;
                r.more["line"] = why.at.line;
                r.more["column"] = why.at.column;
                r.more["aws"] = print_for_aws(why, what);
                return r;
            }
            if (parsed->has_principals() && principals_.empty())
                return refuse(name + " says `Principal`; who asks must be said in `principal`");
            documents_.push_back(std::move(*parsed));
            names_.push_back(std::move(name));
        }
        return {};
    }

    std::string_view line_;
    document_cache& cache_;
    std::string action_;
    std::string resource_;
    context facts_;
    std::vector<std::pair<std::string, std::string>> principals_;
    std::vector<document> documents_;
    std::vector<std::string> names_;
};

} // namespace

result<document> document_cache::parse(std::string_view text, kind what, complaint* why) {
    std::string key(1, static_cast<char>('0' + static_cast<int>(what)));
    key += text;
    if (auto const found = known_.find(key); found != known_.end())
        return found->second;
    auto parsed = document::parse(text, what, why);
    if (!parsed)
        return parsed;
    if (bytes_ + key.size() > max_bytes) {
        known_.clear();
        bytes_ = 0;
    }
    bytes_ += key.size();
    known_.emplace(std::move(key), *parsed);
    return parsed;
}

boost::json::object evaluate_line(std::string_view line, kind what, document_cache& cache) {
    if (line.size() > max_line_bytes)
        return {{"error", "the line is longer than " + std::to_string(max_line_bytes) + " bytes"}};
    evaluation e(line, cache);
    auto refused = e.read(what);
    if (!refused)
        return e.answer();
    boost::json::object out{{"error", refused->message}};
    for (auto& [key, value] : refused->more)
        out[key] = value;
    return out;
}

std::optional<kind> find_kind(std::string_view word) {
    for (auto const& [name, what] :
         {std::pair{"any", kind::any}, std::pair{"role", kind::role_inline},
          std::pair{"managed", kind::managed}, std::pair{"session", kind::session},
          std::pair{"trust", kind::trust}, std::pair{"iot", kind::iot}})
        if (word == name)
            return what;
    return {};
}

} // namespace cogniot::policy
