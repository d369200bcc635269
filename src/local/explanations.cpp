#include "local/explanations.hpp"

#include "broker/advice.hpp"
#include "cloud/locks.hpp"
#include "cloud/world.hpp"
#include "json/parse.hpp"

#include <boost/json/object.hpp>

#include <functional>

namespace cogniot::local {
namespace {

/// What an explanation takes beside its policies.
constexpr std::size_t bytes_of_any = 512;

/// The policies that an explanation reads.
struct read_texts {
    std::size_t bytes = bytes_of_any;
    /// Another one if a document changes.
    std::size_t hash = 0;
};

read_texts texts_of(cloud::world const& world, explanations::question const& q) {
    read_texts out;
    cloud::locks const between(world, q.who, q.action, q.resource);
    for (auto const& lock : between.all())
        for (auto const& document : lock.documents) {
            auto const& text = document.compiled->text();
            out.bytes += text.size();
            out.hash = out.hash * 31 + std::hash<std::string>()(text);
        }
    return out;
}

std::string key_of(explanations::question const& q, read_texts const& texts) {
    auto key = std::to_string(q.connection) + ' ' + std::to_string(texts.hash) + ' ';
    return key.append(q.action).append(" ").append(q.resource).append(" ").append(q.circumstance);
}

/// The JSON of cloud::explain() with something in front of its words.
std::string begin_words(std::string_view with, std::string explained) {
    auto parsed = json::parse_object(explained, {.max_bytes = 1 << 20, .max_depth = 64});
    if (with.empty() || !parsed)
        return explained;
    (*parsed)["words"] =
        std::string(with) + std::string(json::find_string(*parsed, "words").value_or(""));
    return json::print(*parsed);
}

std::string in_short(explanations::question const& q) {
    auto const words =
        std::string(q.circumstance) + "refused by " + std::string(print(q.decided.refused_by)) +
        "; so much was refused within this second that " +
        std::string(broker::advice::not_explained) + ": `cogniot policy explain` does it";
    return json::print(json::object{{"decision", policy::print(q.decided.effect)},
                                    {"action", q.action},
                                    {"resource", q.resource},
                                    {"principal", q.who.arn},
                                    {"refused_by", print(q.decided.refused_by)},
                                    {"words", words}});
}

} // namespace

std::string explanations::explain(cloud::world const& world, question const& q, utc_time now) {
    // The facts of a connection hold for a second, and so does what follows from them.
    if (auto const second = epoch_seconds(now); second != second_) {
        second_ = second;
        spent_ = 0;
        made_.clear();
    }
    auto const texts = texts_of(world, q);
    auto key = key_of(q, texts);
    if (auto const known = made_.find(key); known != made_.end())
        return known->second;
    // The first is explained whatever it takes.
    if (spent_ != 0 && spent_ + texts.bytes > budget_)
        return in_short(q);
    spent_ += texts.bytes;
    auto made = begin_words(q.circumstance,
                            cloud::explain(world, q.who, q.action, q.resource, q.facts).json);
    return made_.emplace(std::move(key), std::move(made)).first->second;
}

} // namespace cogniot::local
