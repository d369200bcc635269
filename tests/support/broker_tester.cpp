#include "support/broker_tester.hpp"

#include "base/forget_below.hpp"
#include "base/text.hpp"

namespace cogniot::test {

std::string show(mqtt::packet const& p, mqtt::version v) {
    return "packet " + std::to_string(p.index()) + ", " + encode_hex(mqtt::encode(p, v));
}

broker_tester::broker_tester(broker::profile const& rules)
    : rules_(rules), broker_(std::make_unique<broker::broker>(may, *this, random_, aws_rules())) {}

test_client broker_tester::open(mqtt::version v) {
    auto const id = broker::connection_id{++last_id_};
    wires_[id].in.set_version(v);
    broker_->opened({.id = id,
                     .rules = &rules_,
                     .who = std::make_shared<principal const>(),
                     .source_ip = "192.0.2.10",
                     .source_port = 49430},
                    now);
    return {*this, id, v};
}

test_client broker_tester::connect(mqtt::connect const& p) {
    auto c = open(p.level);
    c.send(p);
    auto const answer = c.take<mqtt::connack>();
    REQUIRE(answer.code == 0);
    return c;
}

broker::direct_answer broker_tester::send_directly(std::string_view client_id,
                                                   mqtt::publish const& p,
                                                   std::chrono::seconds timeout) {
    return broker_->send_directly({.rules = &rules_, .who = std::make_shared<principal const>()},
                                  client_id, p, timeout, now);
}

void broker_tester::advance(std::chrono::milliseconds by) {
    auto const end = now + by;
    for (;;) {
        auto const next = broker_->next_deadline();
        if (!next || *next > end)
            break;
        now = std::max(now, *next);
        broker_->tick(now);
    }
    now = end;
    broker_->tick(now);
}

void broker_tester::restart() {
    wires_.clear();
    broker_ = std::make_unique<broker::broker>(may, *this, random_, aws_rules());
    auto const committed = records;
    for (auto const& [key, value] : committed) {
        auto const taken = broker_->restore(key.first, key.second, value);
        REQUIRE_MESSAGE(taken.has_value(), (taken ? "" : taken.error().message()));
        REQUIRE(*taken);
    }
    broker_->tick(now);
}

logged const& broker_tester::last_log(std::string_view event_type) const {
    auto const found = std::find_if(log_lines.rbegin(), log_lines.rend(),
                                    [&](auto const& l) { return l.event_type == event_type; });
    REQUIRE_MESSAGE(found != log_lines.rend(), "no log line " << std::string(event_type));
    return *found;
}

std::size_t broker_tester::count_log(std::string_view event_type) const {
    return static_cast<std::size_t>(
        std::count_if(log_lines.begin(), log_lines.end(),
                      [&](auto const& l) { return l.event_type == event_type; }));
}

std::size_t broker_tester::count_records(std::string_view kind) const {
    return static_cast<std::size_t>(std::count_if(
        records.begin(), records.end(), [&](auto const& r) { return r.first.first == kind; }));
}

void broker_tester::send(broker::connection_id id, std::string_view packets) {
    auto& w = wires_.at(id);
    CHECK_MESSAGE(!w.closed, "the broker sends after it asked for close");
    w.in.append(packets);
}
void broker_tester::close(broker::connection_id id) {
    auto& w = wires_.at(id);
    CHECK_MESSAGE(!w.closed, "the broker asks for close twice");
    w.closed = true;
}
void broker_tester::persist(record r) {
    ++persisted;
    if (auto const range = read_forget_below(r)) {
        std::string const kind(range->first);
        records.erase(records.lower_bound({kind, std::string(range->second)}),
                      records.lower_bound({kind, end_of_prefix(range->second)}));
        return;
    }
    auto const key = std::pair(r.kind, r.key);
    if (r.value)
        records[key] = *r.value;
    else
        CHECK_MESSAGE(records.erase(key) == 1,
                      "a record is forgotten that was never kept: " << r.kind);
}
bool broker_tester::read_back(std::string_view kind, std::string_view from, std::string_view to,
                              std::function<bool(std::string_view, std::string_view)> const& each) {
    if (is_store_broken)
        return false;
    auto const end = records.lower_bound({std::string(kind), std::string(to)});
    for (auto at = records.lower_bound({std::string(kind), std::string(from)}); at != end; ++at)
        if (!each(at->first.second, at->second))
            break;
    return true;
}
void broker_tester::log(broker::log_event const& e) {
    log_lines.push_back({.event_type = std::string(e.event_type),
                         .success = e.success,
                         .client_id = std::string(e.client_id),
                         .principal = std::string(e.from.who ? e.from.who->identifier() : ""),
                         .topic = std::string(e.topic),
                         .reason = std::string(e.reason),
                         .details = std::string(e.details),
                         .disconnect_reason = std::string(e.disconnect_reason),
                         .because = std::string(e.because),
                         .explanation = std::string(e.explanation),
                         .request = e.request,
                         .codes = {e.codes.begin(), e.codes.end()}});
}
void broker_tester::published(broker::peer const&, std::string_view topic,
                              std::string_view payload) {
    services_heard.push_back({std::string(topic), std::string(payload)});
}

test_client& test_client::send(mqtt::packet const& p) {
    // Through the codec, as a shell does it.
    mqtt::decoder in(mqtt::decoder::role::reads_from_client);
    in.set_version(version_);
    in.append(mqtt::encode(p, version_));
    auto const next = in.next();
    REQUIRE_MESSAGE(next.has_value(), (next ? "" : next.error().message()));
    tester_->broker_->received(id_, **next, tester_->now);
    return *this;
}

test_client& test_client::expect(mqtt::packet const& wanted) {
    auto const next = tester_->wires_.at(id_).in.next();
    REQUIRE_MESSAGE(next.has_value(), (next ? "" : next.error().message()));
    REQUIRE_MESSAGE(next->has_value(),
                    "the broker sent nothing instead of " << show(wanted, version_));
    CHECK_MESSAGE(**next == wanted,
                  "got " << show(**next, version_) << ", wanted " << show(wanted, version_));
    return *this;
}

test_client& test_client::expect_nothing() {
    auto const next = tester_->wires_.at(id_).in.next();
    REQUIRE(next.has_value());
    CHECK_MESSAGE(!next->has_value(), "the broker sent " << (*next ? show(**next, version_) : ""));
    return *this;
}

test_client& test_client::expect_closed() {
    expect_nothing();
    CHECK(tester_->wires_.at(id_).closed);
    return *this;
}

test_client& test_client::expect_open() {
    CHECK(!tester_->wires_.at(id_).closed);
    return *this;
}

void test_client::lose(broker::close_cause cause, std::string_view detail) {
    tester_->broker_->closed(id_, cause, detail, tester_->now);
}

std::size_t test_client::unread() {
    std::size_t n = 0;
    for (auto next = tester_->wires_.at(id_).in.next(); next && *next;
         next = tester_->wires_.at(id_).in.next())
        ++n;
    return n;
}

test_client& test_client::subscribe(std::string_view filter, mqtt::qos level) {
    auto const id = next_id_++;
    send(mqtt::subscribe{.id = id, .filters = {{.filter = filter, .maximum = level}}});
    auto const answer = take<mqtt::suback>();
    CHECK(answer.id == id);
    REQUIRE(answer.codes.size() == 1);
    CHECK(answer.codes[0] <= 2);
    return *this;
}

test_client& test_client::publish(std::string_view topic, std::string_view payload, mqtt::qos level,
                                  bool retain) {
    mqtt::publish p{.topic = topic, .payload = payload, .level = level, .retain = retain};
    if (level != mqtt::qos::at_most_once)
        p.id = next_id_ == 0 ? next_id_ = 1 : next_id_;
    if (p.id != 0)
        ++next_id_;
    return send(p);
}

} // namespace cogniot::test
