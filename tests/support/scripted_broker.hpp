// A broker on loopback that speaks our codec and does what a script says, one script a connection;
// the last one serves every further connection. For tests of the client's shell.
#pragma once

#include "mqtt/codec.hpp"
#include "net/server.hpp"
#include "net/task.hpp"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace cogniot::test {

class scripted_broker {
  public:
    struct script {
        /// Closes as soon as a publish to this topic arrives, as AWS IoT does on a denial.
        std::string hang_up_on_topic{};
        /// Sends every publish back at QoS 1.
        bool echo_to_subscriber = false;
        /// Takes everything and answers nothing.
        bool is_silent = false;
        /// Closes instead of CONNACK.
        bool refuses_connect = false;
    };

    scripted_broker(net::loop& loop, std::vector<script> scripts)
        : scripts_(std::move(scripts)), group_(loop) {
        auto opened = net::listener::open(loop, "127.0.0.1", 0);
        listener_ = std::move(opened.value());
        group_.spawn([this] {
            return listener_->run_accepting(
                group_, net::tls_use::never, nullptr, {},
                [this](net::stream_ptr s) { return serve(std::move(s), next_script()); });
        });
    }

    net::origin where() const {
        return {.tls = false, .host = "127.0.0.1", .port = listener_->local().port};
    }
    std::vector<std::string> const& seen() const { return seen_; }

    net::task<void> stop() {
        listener_->close();
        group_.cancel();
        return group_.join();
    }

  private:
    script next_script() {
        auto const& mine = scripts_[std::min(served_, scripts_.size() - 1)];
        ++served_;
        return mine;
    }

    net::task<void> serve(net::stream_ptr stream, script play) {
        mqtt::decoder in(mqtt::decoder::role::reads_from_client);
        std::array<char, 4096> buffer{};
        mqtt::packet_id last_id = 0;
        for (;;) {
            auto reading = stream->read_some(buffer);
            auto const got = co_await std::move(reading);
            if (!got || *got == 0)
                co_return;
            in.append({buffer.data(), *got});
            std::string answer;
            for (auto next = in.next(); next && *next; next = in.next()) {
                if (!play.is_silent && !take(**next, play, last_id, answer))
                    co_return;
            }
            if (answer.empty())
                continue;
            auto writing = stream->write(answer);
            auto const written = co_await std::move(writing);
            if (!written)
                co_return;
        }
    }

    /// @return false to hang up
    bool take(mqtt::packet const& p, script const& play, mqtt::packet_id& last_id,
              std::string& answer) {
        auto const v = mqtt::version::v311;
        if (std::holds_alternative<mqtt::connect>(p)) {
            seen_.push_back("CONNECT");
            if (play.refuses_connect)
                return false;
            mqtt::encode(mqtt::connack{}, v, answer);
        } else if (auto const* m = std::get_if<mqtt::publish>(&p)) {
            seen_.push_back("PUBLISH " + std::string(m->topic));
            if (!play.hang_up_on_topic.empty() && m->topic == play.hang_up_on_topic)
                return false;
            if (m->level == mqtt::qos::at_least_once)
                mqtt::encode(mqtt::ack{.id = m->id}, v, answer);
            if (play.echo_to_subscriber)
                mqtt::encode(mqtt::publish{.topic = m->topic,
                                           .payload = m->payload,
                                           .level = mqtt::qos::at_least_once,
                                           .id = ++last_id},
                             v, answer);
        } else if (auto const* s = std::get_if<mqtt::subscribe>(&p)) {
            mqtt::suback granted{.id = s->id, .codes = {}};
            for (auto const& filter : s->filters)
                granted.codes.push_back(static_cast<mqtt::reason_code>(filter.maximum));
            mqtt::encode(granted, v, answer);
        } else if (auto const* u = std::get_if<mqtt::unsubscribe>(&p)) {
            seen_.push_back("UNSUBSCRIBE " + std::string(u->filters.front()));
            mqtt::encode(mqtt::unsuback{.id = u->id, .codes = {}}, v, answer);
        } else if (std::holds_alternative<mqtt::pingreq>(p)) {
            mqtt::encode(mqtt::pingresp{}, v, answer);
        } else if (std::holds_alternative<mqtt::ack>(p)) {
            seen_.push_back("PUBACK");
        } else if (std::holds_alternative<mqtt::disconnect>(p)) {
            seen_.push_back("DISCONNECT");
        }
        return true;
    }

    std::vector<script> scripts_;
    std::size_t served_ = 0;
    std::vector<std::string> seen_;
    net::task_group group_;
    std::unique_ptr<net::listener> listener_;
};

} // namespace cogniot::test
