// What AWSIotLogsV2 tells: of the application that ran, and of the doctor's own connection.
#include "base/text.hpp"
#include "client/doctor/chart.hpp"
#include "client/doctor/log_causes.hpp"
#include "client/errors.hpp"
#include "client/iot_calls.hpp"

#include <algorithm>
#include <functional>

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

/// Reads the entries that concern the client, again and again until they say enough or it is late.
net::task<looked<seen_log>>
follow_log(chart& c, log_question asked, log_facts facts,
           std::chrono::steady_clock::time_point late,
           std::function<bool(std::vector<log_entry> const&)> is_enough) {
    for (;;) {
        asked.to = c.server_time() + slack;
        auto looking = look_at_log(c.aws(), asked);
        auto found = co_await std::move(looking);
        if (!found)
            co_return found.error();
        std::erase_if(found->entries, [&](auto const& e) { return !concerns(e, facts); });
        if (is_enough(found->entries) || std::chrono::steady_clock::now() >= late)
            co_return std::move(*found);
        auto sleeping = c.aws().around().sleep(log_pause);
        bool const slept = co_await std::move(sleeping);
        if (!slept)
            co_return std::move(*found);
    }
}

bool has_proof(std::vector<log_cause> const& causes) {
    return std::any_of(causes.begin(), causes.end(), [](auto const& c) { return c.is_proven; });
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
    // Entries are on their way for a while: what a watch sees at its end, too.
    auto const late = std::chrono::steady_clock::now() + asked.watch + asked.log_patience;
    auto const facts = make_facts(c);
    auto following =
        follow_log(c,
                   {.client_id = client_of(c),
                    .refused_handshakes = true,
                    .from = c.server_time() - asked.since.value_or(0s)},
                   facts, late, [&](std::vector<log_entry> const& entries) {
                       auto const causes = explain_log(entries, facts);
                       return has_proof(causes) || (asked.watch.count() == 0 && !causes.empty());
                   });
    auto const seen = co_await std::move(following);
    if (!seen) {
        c.tell(not_looked(step::history, seen.error()));
        co_return;
    }
    auto const causes = explain_log(seen->entries, facts);
    for (auto const& cause : causes)
        c.tell(make_finding(cause));
    auto const whose = "`" + printable(client_of(c)) + "`";
    if (seen->is_cut)
        c.tell({.step = step::history,
                .how = verdict::not_available,
                .says = "there are more entries than the doctor reads: a shorter --since"});
    else if (seen->entries.empty())
        c.tell({.step = step::history,
                .how = verdict::not_available,
                .says = "AWSIotLogsV2 has no entry for " + whose +
                        ": no client came with this client ID, its connects are not logged (`aws "
                        "iot get-v2-logging-options`), or the entries are still on their way "
                        "(--log-wait)"});
    else if (causes.empty())
        c.tell(passed(step::history, std::to_string(seen->entries.size()) + " entries for " +
                                         whose + ", none of them a failure"));
}

net::task<void> examine_log(chart& c) {
    if (!c.refused_since) {
        c.tell(skipped(step::log, "nothing was refused"));
        co_return;
    }
    if (c.is_out_of_reach(service::logs, step::log))
        co_return;
    auto facts = make_facts(c);
    facts.client_id = c.client_id();
    facts.will = {};
    facts.is_probe = true;
    auto following = follow_log(
        c,
        {.client_id = facts.client_id,
         .refused_handshakes = c.was_refused_at_upgrade,
         .from = *c.refused_since - slack},
        facts, std::chrono::steady_clock::now() + c.who.asked.log_patience, [](auto const& all) {
            return std::any_of(all.begin(), all.end(), [](auto const& e) { return !e.success; });
        });
    auto const seen = co_await std::move(following);
    if (!seen) {
        c.tell(not_looked(step::log, seen.error()));
        co_return;
    }
    auto const& entries = seen->entries;
    auto const whose = facts.client_id.empty() ? "refused handshakes at " + facts.host
                                               : "`" + printable(facts.client_id) + "`";
    if (entries.empty()) {
        c.tell({.step = step::log,
                .how = verdict::not_available,
                .says = "AWSIotLogsV2 has no entry for " + whose + " yet"});
        co_return;
    }
    auto out = passed(step::log, std::to_string(entries.size()) + " entries for " + whose);
    auto const causes = explain_log(entries, facts);
    for (auto const& cause : causes)
        out.details.push_back(cause.says + " [" + cause.entry + "]");
    // The proven ones come first.
    if (!causes.empty() && causes.front().is_proven)
        c.report.explain_refusal(causes.front().remedy);
    for (std::size_t i = 0; i < entries.size() && i < max_entries_told; ++i)
        out.details.push_back(print(entries[i]));
    c.tell(std::move(out));
}

} // namespace cogniot::client::doctor
