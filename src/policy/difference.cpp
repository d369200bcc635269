// What differs between the resource a statement names and the one that was asked for.
#include "base/text.hpp"
#include "policy/arn.hpp"
#include "policy/decide.hpp"

#include <algorithm>
#include <array>

namespace cogniot::policy {
namespace {

std::size_t count(std::string_view text, char c) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), c));
}

/// One side: its resource part, and how much of that agreed.
struct side {
    std::string_view rest;
    std::size_t agreed;
    bool ended() const { return agreed >= rest.size(); }
    char next() const { return ended() ? '\0' : rest[agreed]; }
    /// The n-th level from 0.
    std::optional<std::string> level(std::size_t n) const {
        auto const levels = split(rest, '/');
        return n < levels.size() ? std::optional<std::string>(levels[n]) : std::nullopt;
    }
};

difference find_level(side policy, side asked, std::string_view type) {
    auto of_policy = count(policy.rest.substr(0, policy.agreed), '/');
    auto of_asked = count(asked.rest.substr(0, asked.agreed), '/');
    std::string const name = type == "topicfilter" ? "filter level " : "topic level ";
    if (policy.ended() && asked.next() == '/')
        return {name + std::to_string(of_asked + 2), {}, asked.level(of_asked + 1)};
    if (asked.ended() && policy.next() == '/')
        return {name + std::to_string(of_policy + 2), policy.level(of_policy + 1), {}};
    return {name + std::to_string(of_asked + 1), policy.level(of_policy), asked.level(of_asked)};
}

} // namespace

std::optional<difference> find_difference(miss const& m) {
    if (m.failed != miss::clause::resource || m.negative)
        return {};
    difference whole{"resource", m.resolved, m.actual};
    auto const policy = split_arn(m.resolved);
    auto const asked = split_arn(m.actual);
    if (!policy || !asked)
        return whole;
    constexpr std::array<char const*, 5> names = {"ARN prefix", "partition", "service", "region",
                                                  "account"};
    auto const agreed = std::min(m.agreed, m.resolved.size());
    if (auto const part = count(std::string_view(m.resolved).substr(0, agreed), ':'); part < 5)
        return difference{names[part], std::string((*policy)[part]), std::string((*asked)[part])};

    auto const policy_type = resource_type((*policy)[5]);
    auto const asked_type = resource_type((*asked)[5]);
    auto const plain = policy_type.find_first_of("*?$") == std::string_view::npos;
    if (plain && policy_type != asked_type)
        return difference{"resource type", std::string(policy_type), std::string(asked_type)};
    auto const separator = policy_type.size();
    if (plain && (*policy)[5].size() > separator && (*asked)[5].size() > separator &&
        (*policy)[5][separator] != (*asked)[5][separator])
        return difference{"resource type", std::string((*policy)[5].substr(0, separator + 1)),
                          std::string((*asked)[5].substr(0, separator + 1))};
    if (!plain || policy_type.size() + 1 > (*policy)[5].size())
        return whole;

    auto const inside = [&](std::string_view text, std::string_view rest, std::size_t reached) {
        auto const from = text.size() - rest.size() + policy_type.size() + 1;
        return side{rest.substr(policy_type.size() + 1), reached > from ? reached - from : 0};
    };
    auto const of_policy = inside(m.resolved, (*policy)[5], agreed);
    auto const of_asked =
        inside(m.actual, (*asked)[5], std::min(m.agreed_in_actual, m.actual.size()));
    if (policy_type == "topic" || policy_type == "topicfilter")
        return find_level(of_policy, of_asked, policy_type);
    auto const name = policy_type == "client"  ? "client ID"
                      : policy_type == "thing" ? "thing"
                                               : "resource";
    return difference{name, std::string(of_policy.rest), std::string(of_asked.rest)};
}

} // namespace cogniot::policy
