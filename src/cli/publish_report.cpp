#include "cli/publish_report.hpp"

#include "cli/client_errors.hpp"

namespace cogniot::cli {
namespace {

/// `3, 7-12`.
std::string print_ranges(std::vector<std::uint64_t> const& sorted) {
    std::string out;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        std::size_t last = i;
        while (last + 1 < sorted.size() && sorted[last + 1] == sorted[last] + 1)
            ++last;
        out += (out.empty() ? "" : ", ") + std::to_string(sorted[i]);
        if (last > i)
            out += "-" + std::to_string(sorted[last]);
        i = last;
    }
    return out;
}

} // namespace

std::string_view name_of(client::publish_outcome::kind how) {
    switch (how) {
    case client::publish_outcome::kind::delivered:
        return "delivered";
    case client::publish_outcome::kind::denied:
        return "denied";
    case client::publish_outcome::kind::unknown:
        return "unknown";
    }
    return "unknown";
}

void publish_report::ended(std::uint64_t number, client::publish_outcome const& outcome) {
    if (outcome.how == client::publish_outcome::kind::delivered)
        ++delivered_;
    else
        failed_.insert_or_assign(number, failure{std::string(name_of(outcome.how)) +
                                                     (outcome.sends == 0 ? ", not sent" : ""),
                                                 outcome.why});
}

void publish_report::unusable(std::uint64_t number, error const& why) {
    failed_.insert_or_assign(number, failure{"not sent", why});
}

exit_code publish_report::code() const {
    return failed_.empty() ? exit_code::ok : exit_code_of(failed_.begin()->second.why);
}

std::vector<std::string> publish_report::failures(std::string_view noun) const {
    std::vector<std::pair<std::string, std::vector<std::uint64_t>>> reasons;
    for (auto const& [number, f] : failed_) {
        auto const reason = f.word + ": " + f.why.message();
        auto at = reasons.begin();
        while (at != reasons.end() && at->first != reason)
            ++at;
        if (at == reasons.end())
            at = reasons.insert(at, {reason, {}});
        at->second.push_back(number);
    }
    std::vector<std::string> out;
    for (auto const& [reason, numbers] : reasons)
        out.push_back(std::string(noun) + (numbers.size() == 1 ? " " : "s ") +
                      print_ranges(numbers) + ": " + reason);
    return out;
}

} // namespace cogniot::cli
