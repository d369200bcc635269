// Times the whole job, from the password to PUBACK, in three orders: as the article's code does it
// (one step after the other, a connection each), overlapped from cold, and overlapped for the next
// user through connections that are warm. bench/sign_in.py starts it behind a delay.
//
//     sign_in_bench CONFIG.yaml ORDER USER... (ORDER: sequential, cold, warm, returning)
//
// Endpoints come from AWS_ENDPOINT_URL_* as everywhere; passwords from COGNIOT_PASSWORD. Prints one
// line of milliseconds a user; in the orders `warm` and `returning` the first user warms up.
#include "client/aws_config.hpp"
#include "client/flow.hpp"
#include "client/mqtt_link.hpp"
#include "client/setting_values.hpp"
#include "client/settings.hpp"
#include "client/transports.hpp"
#include "crypto/random.hpp"

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

using namespace cogniot;
using clock_type = std::chrono::steady_clock;

namespace {

struct job {
    net::loop loop;
    std::shared_ptr<net::client_tls const> trust;
    client::aws_settings aws;
    client::job_settings settings;
    client::identity_cache cache;
    std::string password;

    client::user_flow::parts parts(client::order how) {
        return {.on = loop,
                .trust = trust,
                .aws = aws,
                .job = settings,
                .backend = {.find = []() -> net::task<result<sigv4::credentials>> {
                    co_return sigv4::credentials{std::getenv("AWS_ACCESS_KEY_ID"),
                                                 secret(std::getenv("AWS_SECRET_ACCESS_KEY"))};
                }},
                .around = client::real_clock_and_chance(),
                .cache = &cache,
                .how = how};
    }
};

result<void> prepare(job& at, std::string const& config_file) {
    auto values = client::read_config_file(config_file);
    if (!values)
        return values.error();
    auto settings = client::check_settings(*values, client::reach::publish);
    if (!settings)
        return settings.error();
    at.settings = *settings;
    auto config = client::aws_config::load(client::process_surroundings());
    if (!config)
        return config.error();
    at.aws.region = *values->region;
    for (auto each :
         {client::service::cognito_idp, client::service::cognito_identity, client::service::iot}) {
        auto url = net::parse_base_url(
            config->configured_endpoint(std::string(client::service_name(each))).value_or(""));
        if (!url)
            return url.error();
        at.aws.endpoints[each] = *url;
    }
    auto trust = net::client_tls::make(std::getenv("AWS_CA_BUNDLE"));
    if (!trust)
        return trust.error();
    at.trust = *trust;
    at.password = std::getenv("COGNIOT_PASSWORD");
    return {};
}

/// One user, from the password to PUBACK. The message is handed over before CONNACK, as by
/// `cogniot publish`.
net::task<result<void>> run_user(job& at, client::user_flow& flow, std::string user) {
    client::user_password who{user, secret(at.password)};
    if (auto up = co_await flow.bring_up(who, client::reach::publish); !up)
        co_return up;
    client::link_settings settings;
    settings.client_id = flow.identity().text;
    settings.publishes_early = at.settings.publishes_early;
    client::mqtt_link link(at.loop, settings, client::open_presigned_websocket(flow),
                           crypto::system_random());
    net::task_group connecting(at.loop);
    connecting.spawn([&link]() -> net::task<void> {
        auto starting = link.connect();
        (void)co_await std::move(starting);
    });
    client::message message{.topic = "$aws/things/device_1/shadow/update",
                            .payload = R"({"state":{"desired":{"power":"OFF"}}})"};
    auto const outcome = co_await link.publish(message, std::chrono::seconds(20));
    if (outcome.how != client::publish_outcome::kind::delivered)
        co_return outcome.why;
    co_return result<void>{};
}

net::task<result<void>> run_all(job& at, std::string order, std::vector<std::string> users) {
    auto const how = order == "sequential" ? client::order::sequential : client::order::overlapped;
    bool const is_warm = order == "warm" || order == "returning" || order == "early";
    at.settings.publishes_early = order == "early";
    auto flow = std::make_unique<client::user_flow>(at.parts(how));
    if (is_warm) {
        if (auto done = co_await run_user(at, *flow, users.front()); !done)
            co_return done;
        if (order == "warm")
            users.erase(users.begin());
        else
            users.assign(users.size() - 1, users.front());
    }
    for (auto const& user : users) {
        if (is_warm) {
            flow->warm();
            co_await net::sleep_for(std::chrono::milliseconds(500));
        } else {
            at.cache = {};
            flow = std::make_unique<client::user_flow>(at.parts(how));
        }
        auto const began = clock_type::now();
        if (auto done = co_await run_user(at, *flow, user); !done)
            co_return done;
        std::cout << std::chrono::duration<double, std::milli>(clock_type::now() - began).count()
                  << std::endl;
    }
    co_return result<void>{};
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 4) {
        std::cerr
            << "usage: sign_in_bench CONFIG.yaml sequential|cold|warm|returning|early USER...\n";
        return 2;
    }
    job at;
    auto done = prepare(at, argv[1]);
    std::vector<std::string> const users(argv + 3, argv + argc);
    if (done)
        at.loop.run_until_done(
            [&]() -> net::task<void> { done = co_await run_all(at, argv[2], users); });
    if (!done) {
        std::cerr << "sign_in_bench: " << done.error().message() << "\n";
        return 1;
    }
}
