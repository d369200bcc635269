#include "policy/mend_resource.hpp"

#include "base/text.hpp"
#include "policy/arn.hpp"
#include "policy/dead_resource.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace cogniot::policy {
namespace {

constexpr std::array<std::string_view, 4> types{"client", "topic", "topicfilter", "thing"};

/// A resource under repair, beside the one that was asked for.
struct repair {
    std::array<std::string, 6> parts;
    arn_parts const& wanted;
    request const& asked;
    vocabulary words;

    std::string& rest() { return parts[arn_resource]; }
    std::string_view wanted_type() const { return resource_type(wanted[arn_resource]); }

    void place() {
        for (std::size_t i = 1; i < arn_resource; ++i)
            if (parts[i].find_first_of("*?") == std::string::npos)
                parts[i] = wanted[i];
    }

    void type() {
        // `topic:a`, as other services' ARNs are written.
        auto const word = resource_type(rest());
        if (word.size() < rest().size() && rest()[word.size()] == ':' &&
            std::find(types.begin(), types.end(), word) != types.end())
            rest()[word.size()] = '/';
        auto const slash = rest().find('/');
        std::string_view const now = std::string_view(rest()).substr(0, slash);
        if (now == wanted_type() || now.find_first_of("*?") != std::string_view::npos)
            return;
        bool const has_type =
            slash != std::string::npos && std::find(types.begin(), types.end(), now) != types.end();
        rest() = std::string(wanted_type()) + "/" + (has_type ? rest().substr(slash + 1) : rest());
    }

    /// A variable without value becomes one that has the value asked for; behind `client/`, which
    /// `${iot:ClientId}` always fits, only the identity's.
    void variable() {
        for (auto const& name : variables_of(rest())) {
            if (asked.facts.find_single(to_lower(name)))
                continue;
            auto const written = "${" + name + "}";
            for (auto const other : {identity_variable, client_variable}) {
                auto const value = asked.facts.find_single(other);
                bool const known = other == identity_variable ||
                                   (words == vocabulary::iot && has_levels(wanted_type()));
                if (!known || !value || wanted[arn_resource].find(*value) == std::string_view::npos)
                    continue;
                auto const at = rest().find(written);
                if (at != std::string::npos)
                    rest().replace(at, written.size(), "${" + std::string(other) + "}");
                break;
            }
        }
    }

    /// `a/+/b` and `a/#`; in a topic filter they are what a client may ask for, letter by letter.
    void wildcards() {
        if (wanted_type() != "topic")
            return;
        std::string out;
        for (auto const level : split(rest(), '/'))
            out +=
                (out.empty() ? "" : "/") + std::string(level == "+" || level == "#" ? "*" : level);
        rest() = out;
    }

    bool is_bare() {
        auto const slash = rest().find('/');
        auto const after = slash == std::string::npos ? rest() : rest().substr(slash + 1);
        return after.find_first_not_of('*') == std::string::npos;
    }

    std::string text() const {
        arn_parts views;
        std::copy(parts.begin(), parts.end(), views.begin());
        return join_arn(views);
    }
};

} // namespace

std::vector<std::string> mend_resource(std::string_view written, request const& asked,
                                       vocabulary words) {
    auto const parts = split_arn(written);
    auto const wanted = split_arn(asked.resource);
    std::vector<std::string> found;
    if (!parts || !wanted)
        return found;
    using step = void (repair::*)();
    constexpr std::array<step, 4> steps{&repair::place, &repair::type, &repair::variable,
                                        &repair::wildcards};
    for (int wanted_steps = 1; wanted_steps <= 4; ++wanted_steps)
        for (unsigned mask = 1; mask < 16; ++mask) {
            if (std::popcount(mask) != wanted_steps)
                continue;
            repair r{{}, *wanted, asked, words};
            std::copy(parts->begin(), parts->end(), r.parts.begin());
            for (std::size_t i = 0; i < steps.size(); ++i)
                if ((mask >> i & 1) != 0)
                    (r.*steps[i])();
            auto text = r.text();
            if (!r.is_bare() && text != written &&
                std::find(found.begin(), found.end(), text) == found.end())
                found.push_back(std::move(text));
        }
    return found;
}

} // namespace cogniot::policy
