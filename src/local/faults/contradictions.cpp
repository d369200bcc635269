// Rules that would never strike, or not as they say, though each of their members can be: who wrote
// one would wait for a fault that does not come.
#include "base/text.hpp"
#include "local/faults/kinds.hpp"

namespace cogniot::local {
namespace {

constexpr std::string_view group_prefix = "$share/";

bool is_moment_of_filters(std::optional<fault_moment> when) {
    return when == fault_moment::subscribe || when == fault_moment::unsubscribe;
}

/// `$share/GROUP/a/b` -> `a/b`
std::string_view filter_of_group(std::string_view topic) {
    auto const end = topic.find('/', group_prefix.size());
    return end == std::string_view::npos ? std::string_view{} : topic.substr(end + 1);
}

std::optional<fault_complaint> check_topic(fault_rule const& rule) {
    using enum fault_moment;
    if (rule.topic.empty())
        return {};
    if (rule.when == age)
        return fault_complaint{"topic", "a connection's age has no `topic`"};
    if (rule.when == connect || rule.when == ping)
        return fault_complaint{"topic", "a packet of `" + std::string(print(*rule.when)) +
                                            "` has no `topic`: such a rule would never strike; "
                                            "leave it out, or narrow the rule by `client`"};
    if (rule.topic.starts_with(group_prefix) && !is_moment_of_filters(rule.when))
        return fault_complaint{"topic", "no message has the `topic` of a shared group, `" +
                                            printable(rule.topic, 100) +
                                            "`: such a rule would never strike; write `topic=" +
                                            printable(filter_of_group(rule.topic), 100) + "`"};
    return {};
}

std::optional<fault_complaint> check_operation(fault_rule const& rule) {
    std::string with_it;
    for (auto const* const of : cloud::all_services()) {
        if (!has_error(of->name, rule.what))
            continue;
        if (is_any_operation(rule.operation, *of))
            return {};
        with_it.append(with_it.empty() ? "" : ", ").append(of->name);
    }
    // A fault that no service answers with is about something else.
    if (with_it.empty())
        return {};
    return fault_complaint{"operation", "`" + printable(rule.operation, 100) + "`: AWS has no `" +
                                            std::string(print(rule.what)) +
                                            "` there, such a rule would never strike; services "
                                            "with it are " +
                                            with_it};
}

} // namespace

std::optional<fault_complaint> find_contradiction(fault_rule const& rule) {
    if (auto wrong = check_topic(rule))
        return wrong;
    if (auto wrong = check_operation(rule))
        return wrong;
    if (!rule.operation.empty() && !rule.client.empty())
        return fault_complaint{"client", "an API call has no `client`, and what a client sends no "
                                         "`operation`: such a rule would never strike; make two"};
    if (!rule.message.empty() && !rule.body.empty())
        return fault_complaint{"message", "`body` is the whole answer, `message` would not be in "
                                          "it: give one of them"};
    return {};
}

} // namespace cogniot::local
