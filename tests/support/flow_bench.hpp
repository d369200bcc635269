// A cloud on loopback, a user's flow to it, and a clock that stands still until it is moved: for
// tests of the client's shell.
#pragma once

#include "client/flow.hpp"
#include "support/scripted_cloud.hpp"
#include "support/seeded_random.hpp"

#include <functional>
#include <string>
#include <vector>

namespace cogniot::test {

/// Noon of a day on which the scripted credentials are good for hours.
inline utc_time const noon = *parse_extended("2026-01-02T12:00:00Z");

/// A cloud, a flow to it, and a clock that stands still until it is moved.
struct flow_bench {
    net::loop& loop;
    scripted_cloud cloud{loop};
    test::seeded_random random{};
    client::identity_cache cache{};
    utc_time now = noon;
    std::vector<std::chrono::milliseconds> slept{};
    std::vector<std::string> steps{};

    client::user_flow::parts parts() {
        client::user_flow::parts out{.on = loop, .trust = nullptr, .aws = {}, .job = {}};
        out.aws.region = "r";
        for (auto const s : {client::service::cognito_idp, client::service::cognito_identity,
                             client::service::iot})
            out.aws.endpoints.emplace(s, cloud.where());
        out.job.app.id = "app";
        out.job.identity_pool_id = "r:pool";
        out.job.iot_policy = "p";
        out.backend.find = [] {
            return []() -> net::task<result<sigv4::credentials>> {
                co_return sigv4::credentials{"AKID", secret("key")};
            }();
        };
        out.around = {.random = &random,
                      .now = [this] { return now; },
                      .sleep =
                          [this](std::chrono::milliseconds span) {
                              slept.push_back(span);
                              return net::sleep_for(std::chrono::milliseconds(0));
                          }};
        out.cache = &cache;
        out.observer = [this](client::step_report const& r) {
            steps.push_back(r.name + (r.has_failed ? " failed" : ""));
        };
        return out;
    }
};

inline void run_flow(std::function<net::task<void>(flow_bench&)> body) {
    net::loop loop;
    loop.run_until_done([&]() -> net::task<void> {
        flow_bench b{loop};
        auto running = body(b);
        co_await std::move(running);
        auto stopping = b.cloud.stop();
        co_await std::move(stopping);
    });
}

} // namespace cogniot::test
