#include "client/doctor/log_causes.hpp"

#include "base/text.hpp"
#include "broker/advice.hpp"
#include "broker/reserved_topics.hpp"
#include "client/doctor/in_ticks.hpp"
#include "client/doctor/limits.hpp"
#include "client/doctor/log_denial.hpp"
#include "client/errors.hpp"
#include "mqtt/topic.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace cogniot::client::doctor {
namespace {

namespace advice = broker::advice;
using namespace std::chrono_literals;

/// So many takeovers within the time are two connections that fight, and no network that broke.
constexpr std::size_t takeovers_of_a_fight = 3;
constexpr auto fight_window = 60s;
/// A Disconnect follows its cause at once.
constexpr auto consequence_window = 2s;

log_cause suspect(log_cause what) {
    what.is_proven = false;
    return what;
}

class reading {
  public:
    reading(std::vector<log_entry> const& all, log_facts const& facts) : all_(all), facts_(facts) {}

    std::vector<log_cause> run() {
        for (auto const& e : all_)
            if (auto found = explain(e))
                add(std::move(*found));
        if (auto found = explain_takeovers())
            add(std::move(*found));
        std::stable_sort(causes_.begin(), causes_.end(), [](auto const& a, auto const& b) {
            return a.is_proven != b.is_proven ? a.is_proven : a.last > b.last;
        });
        return std::move(causes_);
    }

  private:
    void add(log_cause found) {
        auto const same = std::find_if(causes_.begin(), causes_.end(),
                                       [&](auto const& c) { return c.says == found.says; });
        if (same == causes_.end())
            return causes_.push_back(std::move(found));
        found.count += same->count;
        *same = std::move(found);
    }

    std::optional<log_cause> explain(log_entry const& e) const {
        if (!concerns(e, facts_) || e.is_takeover())
            return {};
        if (e.is("Connection.AuthNError"))
            return explain_refused_handshake(e);
        if (e.is("Disconnect"))
            return explain_disconnect(e);
        if (e.is("Subscribe"))
            return explain_subscribe(e);
        if (e.success)
            return {};
        if (e.is_denial())
            return explain_denial(e, facts_);
        if (e.is("Connect"))
            return explain_connect(e);
        if (e.is("Publish-In"))
            return explain_publish(e);
        if (e.is("Publish-Out") && e.is_throttled())
            return make_cause(e, words_or(e, advice::received_too_fast(aws_rules())),
                              "let less come over one connection, or divide it among several",
                              errc::throttled);
        return suspect(make_cause(e, e.event_type + " failed: " + words_of(e), "see the message",
                                  errc::hung_up));
    }

    log_cause explain_connect(log_entry const& e) const {
        if (e.is_throttled())
            return make_cause(e, words_or(e, advice::connected_too_soon(e.client_id, aws_rules())),
                              "wait at least a second before reconnecting, longer each time",
                              errc::throttled);
        if (e.client_id.starts_with('$') || e.client_id.size() > aws_rules().max_client_id_bytes)
            return make_cause(e, words_or(e, advice::client_id(e.client_id, aws_rules())),
                              "give the client a client ID of its own", errc::connect_denied);
        if (!e.explanation.empty())
            return make_cause(e, "CONNECT was refused: " + words_of(e),
                              "change the CONNECT as the message says",
                              errc::broker_refused_connect);
        return suspect(make_cause(e,
                                  "CONNECT itself was refused (" + words_of(e) +
                                      "): a will of QoS 2, a will on a topic that is reserved, or "
                                      "a client ID that AWS IoT does not take does that",
                                  "ask again with --will-topic and --will-qos as the client sets "
                                  "them",
                                  errc::broker_refused_connect));
    }

    log_cause explain_publish(log_entry const& e) const {
        auto const what = "Publish-In on " + in_ticks(e.topic) + " failed: ";
        if (e.is_throttled())
            return make_cause(e, words_or(e, advice::published_too_fast(aws_rules())),
                              "publish less often, or over several connections", errc::throttled);
        bool const is_reserved =
            e.topic.starts_with('$') && (e.retain || !broker::may_publish_reserved(e.topic));
        if (is_reserved)
            return make_cause(e, words_or(e, advice::reserved_topic(e.topic, e.retain)),
                              "publish to another topic", errc::publish_denied);
        if (auto const fine = mqtt::check_topic(e.topic, aws_rules().topics);
            !fine && !e.topic.empty())
            return make_cause(e, what + words_or(e, advice::unusable_topic(fine.error())),
                              "publish to a topic that AWS IoT takes", errc::publish_denied);
        if (!e.explanation.empty())
            return make_cause(e, what + words_of(e), "change the message as its entry says",
                              errc::publish_denied);
        return suspect(make_cause(e,
                                  what + words_of(e) +
                                      "; a payload of more than 128 KB, a property that is too "
                                      "large or QoS 2 does that",
                                  "ask again with --size and --qos as the client sends it",
                                  errc::publish_denied));
    }

    std::optional<log_cause> explain_subscribe(log_entry const& e) const {
        if (!e.success && e.is_denial())
            return explain_denial(e, facts_);
        std::vector<std::string_view> const filters = split(e.topic, ',');
        auto refused = e.success ? std::vector<std::string_view>() : filters;
        for (auto const& [filter, code] : e.subscriptions)
            if (code >= 0x80)
                refused.push_back(filter);
        if (refused.empty())
            return explain_wildcards(e, filters);
        for (auto const& filter : refused)
            if (filter.starts_with('$') && !filter.starts_with("$share/") &&
                !broker::may_subscribe_reserved(filter))
                return make_cause(e, words_or(e, advice::reserved_filter(filter)),
                                  "do not subscribe to it", errc::subscribe_denied);
        if (std::any_of(e.subscriptions.begin(), e.subscriptions.end(),
                        [](auto const& one) { return one.second == 0x87; }))
            return explain_denial(e, facts_);
        auto const what = "Subscribe to " + in_ticks(e.topic) + " failed";
        if (!e.explanation.empty())
            return make_cause(e, what + ": " + words_of(e), "subscribe as the message says",
                              errc::subscribe_denied);
        for (auto const& filter : refused)
            if (auto const fine = mqtt::check_filter(filter, aws_rules().topics);
                !fine && !filter.empty())
                return make_cause(e, what + ": " + advice::unusable_topic(fine.error()),
                                  "subscribe to a filter that AWS IoT takes",
                                  errc::subscribe_denied);
        // A filter may hold a comma: how many there are is not certain.
        bool const are_many = filters.size() > aws_rules().max_filters_per_subscribe;
        return suspect(make_cause(e,
                                  what + " (" + words_of(e) + "): perhaps " +
                                      (are_many ? advice::filters(filters.size(), aws_rules())
                                                : advice::subscriptions(aws_rules())),
                                  "count the filters of the packet and of the connection",
                                  errc::subscribe_denied));
    }

    /// Nothing failed, and still messages may be missed.
    static std::optional<log_cause> explain_wildcards(log_entry const& e,
                                                      std::vector<std::string_view> const& all) {
        std::vector<mqtt::subscription> asked;
        for (auto const filter : all)
            asked.push_back({.filter = filter});
        auto words = advice::wildcards(asked, aws_rules());
        if (words.empty())
            return {};
        return suspect(make_cause(e, "if messages are missing: " + words,
                                  "subscribe to the topics that are meant",
                                  errc::subscribe_denied));
    }

    std::optional<log_cause> explain_disconnect(log_entry const& e) const {
        auto const& why = e.disconnect_reason;
        if (why == "WEBSOCKET_TTL_EXPIRATION")
            return make_cause(e, words_or(e, advice::websocket_expired()),
                              "reconnect with a URL that is signed anew", errc::hung_up);
        if (why == "MQTT_KEEP_ALIVE_TIMEOUT")
            return make_cause(e,
                              words_or(e, "the client sent nothing for one and a half times its "
                                          "keep alive, and the broker ended the connection: its "
                                          "network is gone, or it does not send PINGREQ"),
                              "let the client send PINGREQ in time, or ask for a longer keep alive",
                              errc::hung_up);
        if (why == "CLIENT_INITIATED_DISCONNECT" || why == "CONNECTION_LOST" || is_told(e))
            return {};
        auto out = make_cause(e,
                              "the broker ended the connection: " +
                                  (why.empty() ? "" : printable(why, 100) + ", ") + words_of(e),
                              "see the message", errc::hung_up);
        out.is_proven = !e.explanation.empty();
        return out;
    }

    /// Whether an entry before it says why.
    bool is_told(log_entry const& e) const {
        return std::any_of(all_.begin(), all_.end(), [&](log_entry const& other) {
            return !other.is("Disconnect") && !other.success &&
                   (other.trace_id == e.trace_id ||
                    (other.client_id == e.client_id && other.at <= e.at &&
                     e.at - other.at <= consequence_window));
        });
    }

    std::optional<log_cause> explain_takeovers() const {
        std::vector<log_entry const*> takeovers;
        std::set<std::string> from;
        std::set<std::string> by;
        for (auto const& e : all_) {
            if (!concerns(e, facts_))
                continue;
            if (e.is_takeover())
                takeovers.push_back(&e);
            if ((e.is("Connect") && e.success) || e.is_takeover()) {
                from.insert(printable(e.source_ip, 64));
                by.insert(printable(e.principal_id, 128));
            }
        }
        if (takeovers.empty())
            return {};
        bool is_fight = false;
        for (std::size_t i = takeovers_of_a_fight - 1; i < takeovers.size(); ++i)
            is_fight |=
                takeovers[i]->at - takeovers[i + 1 - takeovers_of_a_fight]->at <= fight_window;
        auto says =
            "client ID " + in_ticks(facts_.client_id) + " was taken over " +
            std::to_string(takeovers.size()) + (takeovers.size() == 1 ? " time" : " times") +
            ": another connection came with the same client ID (DUPLICATE_CLIENT_ID), from " +
            join(from) + " as " + join(by);
        says +=
            is_fight
                ? ". Two devices, programs or browser tabs share it, or one that connects anew "
                  "while its old connection is open, and they take it from each other for ever"
                : ". Once in a while that is a client that comes back after its network broke, "
                  "or a doctor that connected for real; again and again it is two that share it";
        auto out = make_cause(*takeovers.back(), std::move(says),
                              "give each its own client ID, e.g. with a suffix that both policies "
                              "allow",
                              errc::client_id_taken_over);
        out.count = takeovers.size();
        out.is_proven = is_fight;
        return out;
    }

    static std::string join(std::set<std::string> const& all) {
        return doctor::join({all.begin(), all.end()});
    }

    /// What the local cloud says of it, else the text it would have used.
    static std::string words_or(log_entry const& e, std::string otherwise) {
        return e.explanation.empty() ? std::move(otherwise) : words_of(e);
    }

    std::vector<log_entry> const& all_;
    log_facts const& facts_;
    std::vector<log_cause> causes_;
};

} // namespace

log_cause make_cause(log_entry const& e, std::string says, std::string remedy, errc code) {
    return {.says = std::move(says),
            .remedy = std::move(remedy),
            .is_proven = true,
            .code = make_error_code(code),
            .last = e.at,
            .entry = print(e)};
}

bool concerns(log_entry const& e, log_facts const& facts) {
    if (e.is("Connection.AuthNError"))
        return e.server_name.empty() || equals_ignoring_case(e.server_name, facts.host);
    if (facts.client_id == generated_client_ids)
        return e.client_id.starts_with("$GEN/") &&
               (facts.principal_id.empty() || e.principal_id == facts.principal_id);
    return !facts.client_id.empty() && e.client_id == facts.client_id;
}

log_cause explain_refused_handshake(log_entry const& e) {
    struct row {
        std::string_view reason, words, remedy;
    };
    static constexpr row rows[]{
        {"SECURITY_TOKEN_SIGNATURE_MISMATCH",
         "the session token was signed with the rest, the URL was signed for another host or "
         "region, the secret access key is not the one of this access key, the URL was used again "
         "after five minutes, or the client's clock is off",
         "let the doctor judge the client's URL: --url"},
        {"SECURITY_TOKEN_EXPIRED", "the credentials had expired when the client connected",
         "ask the identity pool for new credentials before each reconnect"},
        {"SECURITY_TOKEN_INVALID",
         "the access key or session token is none of this account's, or they do not belong "
         "together",
         "sign with the credentials of this account's identity pool, all three parts of them"},
        {"NOT_AUTHENTICATED", "the request carried no credentials that could be read",
         "sign the URL, see `cogniot presign`"},
    };
    auto const known = std::find_if(std::begin(rows), std::end(rows),
                                    [&](row const& r) { return r.reason == e.reason; });
    bool const is_known = known != std::end(rows);
    auto words = !e.explanation.empty() ? printable(e.explanation, 4000)
                 : is_known             ? std::string(known->words)
                                        : printable(e.details, 300);
    return {.says = "a handshake was refused (403) before any MQTT: " + printable(e.reason, 100) +
                    ": " + words +
                    ". The entry names no client: it is this one's if this one saw a 403",
            .remedy = is_known ? std::string(known->remedy) : "see the message",
            .code = make_error_code(errc::signature_refused),
            .last = e.at,
            .entry = print(e)};
}

std::vector<log_cause> explain_log(std::vector<log_entry> const& entries, log_facts const& facts) {
    return reading(entries, facts).run();
}

} // namespace cogniot::client::doctor
