// The parts under the machine: the subscription tree against the naive matcher, the retained store,
// the outbox and the timers.
#include "broker/outbox.hpp"
#include "broker/retained_store.hpp"
#include "broker/state.hpp"
#include "broker/subscription_tree.hpp"
#include "broker/timer_heap.hpp"
#include "mqtt/topic.hpp"
#include "support/seeded_random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string>

using namespace cogniot;
using namespace cogniot::broker;
using cogniot::mqtt::parent_rule;

namespace {

/// Few names, so that filters and topics meet often.
std::string random_levels(random_source& r, bool filter) {
    static char const* const names[] = {"a", "b", "$x", "", "c"};
    std::string text;
    auto const levels = 1 + random_below(r, 4);
    for (std::uint64_t i = 0; i < levels; ++i) {
        if (i > 0)
            text += '/';
        auto const pick = random_below(r, filter ? 8 : 5);
        if (pick == 7) {
            text += '#';
            break;
        }
        text += pick >= 5 ? "+" : names[pick];
    }
    return text.empty() ? "a" : text;
}

} // namespace

TEST_CASE("the tree finds what the naive matcher finds, under both parent rules, with changes") {
    test::seeded_random random(2026);
    subscription_tree tree;
    budget memory;
    std::deque<session> sessions;
    for (std::uint32_t i = 0; i < 40; ++i)
        sessions.emplace_back(i, "", memory);
    std::map<std::pair<std::string, session*>, parent_rule> model;
    for (int round = 0; round < 4000; ++round) {
        auto* const who = &sessions[random_below(random, sessions.size())];
        auto const filter = random_levels(random, true);
        auto const key = std::pair(filter, who);
        if (random_below(random, 3) == 0) {
            CHECK(tree.erase(filter, who) == (model.erase(key) == 1));
        } else {
            auto const rule = who->number % 2 == 0 ? parent_rule::hash_matches_parent
                                                   : parent_rule::hash_below_parent_only;
            CHECK(tree.put(filter, {.who = who, .options = {}, .parent = rule}) ==
                  (model.count(key) == 1));
            model[key] = rule;
        }
        auto const topic = random_levels(random, false);
        tree_matches found;
        tree.match(topic, found);
        std::multiset<session const*> got, wanted;
        for (auto const* s : found.subscribers)
            got.insert(s->who);
        for (auto const& [k, rule] : model)
            if (mqtt::matches(k.first, topic, rule))
                wanted.insert(k.second);
        REQUIRE_MESSAGE(got == wanted, "round " << round << ", topic " << topic);
    }
    for (auto const& [k, rule] : model)
        CHECK(tree.erase(k.first, k.second));
    tree_matches none;
    tree.match("a", none);
    CHECK(none.subscribers.empty());
    CHECK(tree.node_count() == 0);
}

TEST_CASE("the retained store finds what the naive matcher finds") {
    test::seeded_random random(7);
    budget memory;
    retained_store store;
    std::set<std::string> topics;
    for (int i = 0; i < 120; ++i) {
        auto const topic = random_levels(random, false);
        topics.insert(topic);
        store.put({.what = message::make({.topic = topic, .payload = "x"}, memory)});
    }
    CHECK(store.size() == topics.size());
    for (int i = 0; i < 2000; ++i) {
        auto const filter = random_levels(random, true);
        std::set<std::string> got, wanted;
        std::string from;
        do { // in small pieces, as turns do
            std::size_t steps = 1 + random_below(random, 5);
            if (auto const m =
                    store.find_next(filter, parent_rule::hash_matches_parent, from, steps))
                got.emplace(m->view().topic);
        } while (!from.empty());
        for (auto const& topic : topics)
            if (mqtt::matches(filter, topic))
                wanted.insert(topic);
        REQUIRE_MESSAGE(got == wanted, "filter " << filter);
    }
    for (auto const& topic : topics)
        CHECK(store.erase(topic));
    CHECK(memory.held == 0);
}

TEST_CASE("finding retained messages costs with the levels a wildcard spreads over, not with all "
          "that is stored") {
    budget memory;
    retained_store store;
    for (int i = 0; i < 100; ++i)
        for (int k = 0; k < 200; ++k)
            store.put({.what = message::make(
                           {.topic = std::to_string(i) + "/x/" + std::to_string(k) + "/y",
                            .payload = "x"},
                           memory)});
    for (auto const& [filter, found, most] : {std::tuple{"7/x/9/y", 1, 4u},
                                              {"7/+/9/y", 1, 6u},
                                              {"+/nothing", 0, 210u},
                                              {"+/x/9/y", 100, 600u},
                                              {"$a/#", 0, 2u}}) {
        CAPTURE(filter);
        std::string from;
        std::size_t steps = 1'000'000;
        int got = 0;
        do
            got += store.find_next(filter, parent_rule::hash_matches_parent, from, steps) ? 1 : 0;
        while (!from.empty());
        CHECK(got == found);
        CHECK(1'000'000 - steps <= most);
    }
}

TEST_CASE("the outbox agrees with a simple model on random operations") {
    test::seeded_random random(11);
    budget memory;
    outbox box;
    std::map<outbox::number, char> model; // 'w'aiting, 's'ent
    outbox::number pushed = 0;
    auto const what = message::make({.topic = "a", .payload = "x"}, memory);
    for (int round = 0; round < 200'000; ++round) {
        switch (random_below(random, 4)) {
        case 0:
            CHECK(box.push({.what = what}) == pushed);
            model[pushed++] = 'w';
            break;
        case 1:
            if (auto const n = box.next_live()) {
                auto const first = std::find_if(model.begin(), model.end(),
                                                [](auto const& e) { return e.second == 'w'; });
                REQUIRE(first != model.end());
                REQUIRE(*n == first->first);
                box.mark_sent(*n, {});
                first->second = 's';
            }
            break;
        case 2:
            if (!model.empty()) {
                auto at = model.begin();
                std::advance(at, static_cast<long>(
                                     random_below(random, std::min<std::size_t>(model.size(), 8))));
                auto const found = box.find_in_flight(outbox::id_of(at->first));
                REQUIRE(found.has_value() == (at->second == 's'));
                if (found) {
                    REQUIRE(*found == at->first);
                    box.finish(*found);
                    model.erase(at);
                }
            }
            break;
        default:
            if (random_below(random, 500) == 0) {
                box.went_offline();
                box.came_online();
                for (auto n = box.next_stored(); n; n = box.next_stored()) {
                    box.mark_sent(*n, {});
                    model.at(*n) = 's';
                }
            }
        }
        REQUIRE(box.owed() == model.size());
        REQUIRE(box.in_flight() ==
                static_cast<std::size_t>(std::count_if(
                    model.begin(), model.end(), [](auto const& e) { return e.second == 's'; })));
        if (model.size() > 60)
            for (int i = 0; i < 30; ++i) {
                box.finish(model.begin()->first);
                model.erase(model.begin());
            }
    }
}

TEST_CASE("timers come in the order of their deadlines, whatever is moved and cancelled") {
    test::seeded_random random(3);
    timer_heap heap;
    std::deque<timer> timers;
    for (int i = 0; i < 200; ++i)
        timers.emplace_back(timer::kind::session, nullptr);
    std::map<timer*, utc_time> model;
    auto const at = [](std::uint64_t ms) { return utc_time(std::chrono::milliseconds(ms)); };
    for (int round = 0; round < 20'000; ++round) {
        auto& t = timers[random_below(random, timers.size())];
        if (random_below(random, 3) == 0) {
            heap.cancel(t);
            model.erase(&t);
        } else {
            auto const when = at(random_below(random, 1000));
            heap.set(t, when);
            model[&t] = when;
        }
        REQUIRE(heap.is_empty() == model.empty());
        if (!model.empty()) {
            auto const first =
                std::min_element(model.begin(), model.end(),
                                 [](auto const& a, auto const& b) { return a.second < b.second; });
            REQUIRE(heap.next_at() == first->second);
            REQUIRE(model.at(&heap.next()) == first->second);
        }
    }
}
