// What AWSIotLogsV2 tells: of the application that ran, and of the doctor's own connection.
#include "base/text.hpp"
#include "client/doctor/chart.hpp"
#include "client/doctor/log_causes.hpp"
#include "client/errors.hpp"
#include "client/iot_calls.hpp"

#include <algorithm>

namespace cogniot::client::doctor {
namespace {

using namespace std::chrono_literals;

/// Of up to a megabyte each.
constexpr int max_pages = 50;
constexpr auto log_pause = 2s;
constexpr auto slack = 2s;
constexpr std::size_t max_entries_told = 20;

struct seen_log {
    std::vector<log_entry> entries{};
    /// There was more than the doctor reads.
    bool is_cut = false;
};

net::task<looked<seen_log>> look_at_log(aws_caller& aws, log_question asked) {
    seen_log out;
    std::string token;
    for (int page = 0; page < max_pages; ++page) {
        auto looking = look(aws, make_filter_log_events(asked, token));
        auto const answer = co_await std::move(looking);
        if (!answer)
            co_return answer.error();
        auto one = read_log_events(*answer);
        for (auto const& message : one.entries)
            if (auto entry = read_log_entry(message))
                out.entries.push_back(std::move(*entry));
        token = std::move(one.next_token);
        if (token.empty())
            break;
    }
    out.is_cut = !token.empty();
    // Streams come one after the other on AWS.
    std::stable_sort(out.entries.begin(), out.entries.end(),
                     [](auto const& a, auto const& b) { return a.at < b.at; });
    co_return out;
}

finding not_looked(step s, unseen const& why) {
    bool const is_off = why.why == unseen::reason::absent;
    return not_seen(s,
                    is_off ? unseen{unseen::reason::not_available,
                                    {},
                                    "nothing is logged: `aws iot set-v2-logging-options` turns it "
                                    "on"}
                           : why,
                    {}, {});
}

/// Whose entries are looked for: one client's, or those of clients that the broker named.
std::string client_of(chart const& c) {
    return c.who.asked.has_no_client_id ? std::string(generated_client_ids) : c.client_id();
}

log_facts make_facts(chart const& c) {
    return {.client_id = client_of(c),
            .principal_id = c.caller ? c.caller->user_id : std::string(),
            .host = c.gateway_host,
            .will = c.who.asked.will,
            .locks = c.locks ? &*c.locks : nullptr};
}

finding make_finding(log_cause const& cause) {
    auto out = cause.is_proven ? failed(step::history, error{cause.code, cause.says}, cause.remedy)
                               : suspected(step::history, cause.says, cause.remedy);
    out.details.push_back(
        (cause.count > 1 ? std::to_string(cause.count) + " times, the last: " : std::string()) +
        cause.entry);
    return out;
}

bool has_proof(std::vector<log_cause> const& causes) {
    return std::any_of(causes.begin(), causes.end(), [](auto const& c) { return c.is_proven; });
}

/// Refused handshakes in the seconds of our own, at our host: at most these can be ours.
bool may_be_ours(log_entry const& e, chart const& c) {
    return e.client_id == c.client_id() ||
           (c.was_refused_at_upgrade && e.is("Connection.AuthNError") &&
            (e.server_name.empty() || equals_ignoring_case(e.server_name, c.gateway_host)));
}

} // namespace

net::task<void> examine_history(chart& c) {
    auto const& asked = c.who.asked;
    if (!asked.since && asked.watch.count() == 0) {
        c.tell(skipped(step::history, "neither --since nor --watch was given"));
        co_return;
    }
    if (client_of(c).empty()) {
        c.tell(skipped(step::history, "the client ID is not known: -i tells it"));
        co_return;
    }
    if (c.is_out_of_reach(service::logs, step::history))
        co_return;
    auto const from = c.server_time() - asked.since.value_or(0s);
    auto const until = std::chrono::steady_clock::now() + asked.watch;
    std::vector<log_cause> causes;
    seen_log seen;
    for (;;) {
        auto looking = look_at_log(c.aws(), {.client_id = client_of(c),
                                             .refused_handshakes = true,
                                             .from = from,
                                             .to = c.server_time() + slack});
        auto found = co_await std::move(looking);
        if (!found) {
            c.tell(not_looked(step::history, found.error()));
            co_return;
        }
        seen = std::move(*found);
        causes = explain_log(seen.entries, make_facts(c));
        if (has_proof(causes) || std::chrono::steady_clock::now() >= until)
            break;
        auto sleeping = c.aws().around().sleep(log_pause);
        bool const slept = co_await std::move(sleeping);
        if (!slept)
            break;
    }
    for (auto const& cause : causes)
        c.tell(make_finding(cause));
    if (seen.is_cut)
        c.tell({.step = step::history,
                .how = verdict::not_available,
                .says = "there are more entries than the doctor reads: a shorter --since"});
    if (causes.empty())
        c.tell(passed(step::history, std::to_string(seen.entries.size()) + " entries for `" +
                                         printable(client_of(c)) + "`, none of them a failure"));
}

net::task<void> examine_log(chart& c) {
    if (!c.refused_since) {
        c.tell(skipped(step::log, "nothing was refused"));
        co_return;
    }
    if (c.is_out_of_reach(service::logs, step::log))
        co_return;
    auto const until = std::chrono::steady_clock::now() + c.who.asked.log_patience;
    std::vector<log_entry> entries;
    for (;;) {
        auto looking = look_at_log(c.aws(), {.client_id = c.client_id(),
                                             .refused_handshakes = c.was_refused_at_upgrade,
                                             .from = *c.refused_since - slack,
                                             .to = c.server_time() + slack});
        auto found = co_await std::move(looking);
        if (!found) {
            c.tell(not_looked(step::log, found.error()));
            co_return;
        }
        entries = std::move(found->entries);
        std::erase_if(entries, [&](auto const& e) { return !may_be_ours(e, c); });
        bool const is_told =
            std::any_of(entries.begin(), entries.end(), [](auto const& e) { return !e.success; });
        if (is_told || std::chrono::steady_clock::now() >= until)
            break;
        auto sleeping = c.aws().around().sleep(log_pause);
        bool const slept = co_await std::move(sleeping);
        if (!slept)
            break;
    }
    if (entries.empty()) {
        c.tell({.step = step::log,
                .how = verdict::not_available,
                .says = "AWSIotLogsV2 has no entry for `" + printable(c.client_id()) + "` yet"});
        co_return;
    }
    auto out = passed(step::log, std::to_string(entries.size()) + " entries for `" +
                                     printable(c.client_id()) + "`");
    for (auto const& cause : explain_log(entries, make_facts(c)))
        out.details.push_back(cause.says + " [" + cause.entry + "]");
    for (std::size_t i = 0; i < entries.size() && i < max_entries_told; ++i)
        out.details.push_back(print(entries[i]));
    c.tell(std::move(out));
}

} // namespace cogniot::client::doctor
