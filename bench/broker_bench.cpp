// What one message costs in the broker core: decode PUBLISH, route, authorise, encode, and the
// acknowledgements of both ends. No sockets, everything allowed.
#include "broker/broker.hpp"
#include "mqtt/codec.hpp"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

using namespace cogniot;

namespace {

struct allow_all final : broker::authoriser {
    broker::verdict connect(broker::peer const&, broker::connect_facts const&) override {
        return {};
    }
    broker::verdict publish(broker::peer const&, std::string_view, std::string_view,
                            bool) override {
        return {};
    }
    broker::verdict subscribe(broker::peer const&, std::string_view, std::string_view) override {
        return {};
    }
    broker::verdict receive(broker::peer const&, std::string_view, std::string_view) override {
        return {};
    }
};

/// Keeps what each connection is sent.
struct sink final : broker::effects {
    std::vector<std::string> sent;
    std::size_t records = 0;
    void send(broker::connection_id to, std::string_view packets) override {
        sent[static_cast<std::size_t>(to)].append(packets);
    }
    void close(broker::connection_id) override {}
    void persist(record) override { ++records; }
    void log(broker::log_event const&) override {}
    void published(broker::peer const&, std::string_view, std::string_view) override {}
};

struct counting final : random_source {
    unsigned char next = 0;
    void fill(std::span<unsigned char> out) override {
        for (auto& byte : out)
            byte = next++;
    }
};

struct bench_broker {
    allow_all may;
    sink out;
    counting random;
    broker::broker machine{may, out, random};
    utc_time now{std::chrono::seconds(1'767'225'600)};
    std::vector<mqtt::decoder> decoders;

    /// Connection `i` of `count` sends packets and reads what comes back.
    explicit bench_broker(std::size_t count, bool persistent = false) {
        out.sent.resize(count);
        for (std::size_t i = 0; i < count; ++i) {
            decoders.emplace_back(mqtt::decoder::role::reads_from_client);
            machine.opened({.id = broker::connection_id{i}, .rules = &broker::standard_profile()},
                           now);
            auto const id = "client-" + std::to_string(i);
            receive(i, mqtt::encode(mqtt::connect{.clean_start = !persistent, .client_id = id},
                                    mqtt::version::v311));
        }
    }
    void receive(std::size_t i, std::string_view bytes) {
        auto& in = decoders[i];
        in.append(bytes);
        mqtt::packet packet;
        while (*in.next(packet))
            machine.received(broker::connection_id{i}, packet, now);
    }
    /// Acknowledges every QoS 1 PUBLISH that `i` was sent.
    void acknowledge(std::size_t i, std::size_t packet_bytes, std::size_t id_at) {
        std::string acks;
        auto& got = out.sent[i];
        for (std::size_t at = 0; at + packet_bytes <= got.size(); at += packet_bytes)
            acks.append("\x40\x02", 2).append(got, at + id_at, 2);
        got.clear();
        receive(i, acks);
    }
};

/// 16 messages in flight, one publisher, `receivers` subscribers; items are deliveries.
void deliver(benchmark::State& state, mqtt::qos level, bool persistent) {
    auto const receivers = static_cast<std::size_t>(state.range(0));
    bench_broker b(receivers + 1, persistent);
    std::string const topic = "bench/pair/1", payload(64, 'x');
    for (std::size_t i = 1; i <= receivers; ++i)
        b.receive(i, mqtt::encode(
                         mqtt::subscribe{.id = 1, .filters = {{.filter = topic, .maximum = level}}},
                         mqtt::version::v311));
    std::string burst;
    for (mqtt::packet_id id = 1; id <= 16; ++id) {
        mqtt::publish p{.topic = topic, .payload = payload, .level = level};
        p.id = level == mqtt::qos::at_most_once ? mqtt::packet_id{0} : id;
        mqtt::encode(p, mqtt::version::v311, burst);
    }
    for (auto& sent : b.out.sent)
        sent.clear();
    for (auto _ : state) {
        b.receive(0, burst);
        b.out.sent[0].clear();
        for (std::size_t i = 1; i <= receivers; ++i) {
            if (level == mqtt::qos::at_most_once)
                b.out.sent[i].clear();
            else
                b.acknowledge(i, burst.size() / 16, 4 + topic.size());
        }
    }
    state.SetItemsProcessed(state.iterations() * 16 * static_cast<std::int64_t>(receivers));
}

void queue_offline(benchmark::State& state) {
    bench_broker b(2, true);
    b.machine.set_max_held_bytes(std::size_t{4} << 30);
    b.receive(1, mqtt::encode(mqtt::subscribe{.id = 1,
                                              .filters = {{.filter = "a",
                                                           .maximum = mqtt::qos::at_least_once}}},
                              mqtt::version::v311));
    b.machine.closed(broker::connection_id{1}, broker::close_cause::lost, {}, b.now);
    std::string const payload(64, 'x');
    auto const packet = mqtt::encode(
        mqtt::publish{.topic = "a", .payload = payload, .level = mqtt::qos::at_least_once, .id = 1},
        mqtt::version::v311);
    for (auto _ : state) {
        b.receive(0, packet);
        b.out.sent[0].clear();
    }
    state.SetItemsProcessed(state.iterations());
}

} // namespace

BENCHMARK_CAPTURE(deliver, qos0, mqtt::qos::at_most_once, false)->Arg(1)->Arg(50);
BENCHMARK_CAPTURE(deliver, qos1, mqtt::qos::at_least_once, false)->Arg(1)->Arg(50);
BENCHMARK_CAPTURE(deliver, qos1_persistent, mqtt::qos::at_least_once, true)->Arg(1)->Arg(50);
BENCHMARK(queue_offline);

BENCHMARK_MAIN();
