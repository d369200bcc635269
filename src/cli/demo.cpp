// cogniot demo: the whole job once, on a local cloud in this very process.
//
// Nothing is pretended: the user signs in over TLS, both policies are evaluated, MQTT goes over a
// presigned WebSocket, and a device on the other side says what it received.
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "client/errors.hpp"
#include "client/flow.hpp"
#include "client/mqtt_link.hpp"
#include "client/steps.hpp"
#include "client/transports.hpp"
#include "crypto/random.hpp"
#include "json/parse.hpp"
#include "local/local_cloud.hpp"

#include <boost/json.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <optional>
#include <ostream>
#include <string>

namespace cogniot::cli {
namespace {

using clock_type = std::chrono::steady_clock;

constexpr std::string_view power_off = R"({"state":{"desired":{"power":"OFF"}}})";

std::string milliseconds_since(clock_type::time_point start) {
    std::array<char, 32> text{};
    double const spent =
        std::chrono::duration<double, std::milli>(clock_type::now() - start).count();
    std::snprintf(text.data(), text.size(), "%.1f ms", spent);
    return text.data();
}

std::string milliseconds(std::chrono::microseconds took) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f ms", static_cast<double>(took.count()) / 1000);
    return text.data();
}

/// One run of the demonstration, printing as it goes.
class demonstration {
  public:
    demonstration(net::loop& on, std::string template_file, terminal& io)
        : on_(on), template_file_(std::move(template_file)), io_(io) {}

    net::task<result<void>> run() {
        auto const began = clock_type::now();
        if (auto started = start_cloud(); !started)
            co_return started.error();
        auto done = co_await act();
        if (device_)
            co_await device_->close();
        co_await cloud_->stop();
        if (done)
            io_.out << "\nEvery step was acknowledged. " << milliseconds_since(began)
                    << " from start to end.\n";
        co_return done;
    }

  private:
    result<void> start_cloud() {
        auto const began = clock_type::now();
        local::options options;
        options.listen = {"127.0.0.1", 0};
        options.mqtts.reset();
        options.insecure_mqtt = local::listen_address{"127.0.0.1", 0};
        options.templates = {template_file_};
        auto started = local::local_cloud::start(on_, options);
        if (!started)
            return started.error();
        cloud_ = std::move(*started);
        if (cloud_->templates().empty())
            return fail(client::errc::setting_missing, "no template was applied");
        report_ = cloud_->templates().front();
        io_.out << "Local cloud at " << cloud_->ready().endpoint << ", stack `" << report_.stack
                << "` from " << template_file_ << " (" << milliseconds_since(began) << ")\n";
        for (auto const& [name, value] : report_.outputs)
            io_.out << "    " << name << " = " << value << "\n";
        return {};
    }

    net::task<result<void>> act() {
        auto settings = prepare_settings();
        if (!settings)
            co_return settings.error();
        auto secret_found = co_await find_client_secret();
        if (!secret_found)
            co_return secret_found;
        if (auto added = co_await add_user(); !added)
            co_return added;
        if (auto listening = co_await start_device(); !listening)
            co_return listening;
        co_return co_await five_steps();
    }

    std::string output(std::string_view name) const {
        for (auto const& [key, value] : report_.outputs)
            if (key == name)
                return value;
        return {};
    }

    result<void> prepare_settings() {
        for (auto const* name :
             {"UserPoolId", "AppClientId", "IdentityPoolId", "IotPolicyName", "Thing"})
            if (output(name).empty())
                return fail(client::errc::setting_missing,
                            template_file_ + " has no output `" + name + "`");
        auto trust = net::client_tls::make(cloud_->ready().ca_file);
        if (!trust)
            return trust.error();
        trust_ = *trust;
        auto endpoint = net::parse_base_url(cloud_->ready().endpoint);
        if (!endpoint)
            return endpoint.error();
        aws_.region = cloud_->ready().region;
        for (auto each : {client::service::cognito_idp, client::service::cognito_identity,
                          client::service::iot})
            aws_.endpoints[each] = *endpoint;
        job_.app.id = output("AppClientId");
        job_.user_pool_id = output("UserPoolId");
        job_.identity_pool_id = output("IdentityPoolId");
        job_.iot_policy = output("IotPolicyName");
        job_.iot_endpoint = endpoint->at;
        topic_ = "$aws/things/" + output("Thing") + "/shadow/update";
        user_ = {"alice", secret("P@ssw0rd!-" + random_text(crypto::system_random(),
                                                            "abcdefghijklmnopqrstuvwxyz", 12))};
        backend_.find = [key = cloud_->ready().access_key_id,
                         value = cloud_->ready().secret_access_key]() {
            return root_credentials(key, value);
        };
        carrier_ = std::make_unique<net::http_client>(on_, trust_);
        caller_ = std::make_unique<client::aws_caller>(
            aws_, [this](client::service) -> net::http_client& { return *carrier_; }, backend_,
            client::real_clock_and_chance());
        return {};
    }

    static net::task<result<sigv4::credentials>> root_credentials(std::string key,
                                                                  std::string value) {
        co_return sigv4::credentials{key, secret(value)};
    }

    /// The template cannot print it: it is a secret. The API tells the backend.
    net::task<result<void>> find_client_secret() {
        client::aws_call call{.to = client::service::cognito_idp,
                              .operation = "DescribeUserPoolClient",
                              .body = json::print(boost::json::object{
                                  {"UserPoolId", job_.user_pool_id}, {"ClientId", job_.app.id}}),
                              .is_signed = true};
        auto answer = co_await caller_->call(std::move(call));
        if (!answer)
            co_return answer.error();
        auto const* described = json::find_object(answer->body, "UserPoolClient");
        auto const found =
            described != nullptr ? json::find_string(*described, "ClientSecret") : std::nullopt;
        if (!found)
            co_return fail(client::errc::setting_missing,
                           "the app client of " + template_file_ + " has no secret");
        job_.app.client_secret = secret(std::string(*found));
        co_return result<void>{};
    }

    net::task<result<void>> add_user() {
        auto const began = clock_type::now();
        auto added = co_await client::add_user(*caller_, job_.user_pool_id, user_, {});
        if (!added)
            co_return added.error();
        io_.out << "User `" << user_.user_name << "` created with a permanent password ("
                << milliseconds_since(began) << ")\n";
        co_return result<void>{};
    }

    /// The other half: a device that listens to its shadow, over the plain loopback listener.
    net::task<result<void>> start_device() {
        auto const at = local::parse_listen_address(*cloud_->ready().insecure_mqtt);
        if (!at)
            co_return at.error();
        client::link_settings settings;
        settings.client_id = output("Thing");
        settings.clean_session = true;
        client::mqtt_link::handlers handlers;
        handlers.on_message = [this](client::received_message const& message) {
            received_ = message.payload;
            has_received_.notify();
            return client::reception::taken;
        };
        device_ = std::make_unique<client::mqtt_link>(
            on_, settings,
            client::open_plain_mqtt({.tls = false, .host = at->ip, .port = at->port}, nullptr),
            crypto::system_random(), handlers);
        if (auto connected = co_await device_->connect(); !connected)
            co_return connected;
        std::vector<client::topic_request> wanted{{topic_}};
        auto const outcomes = co_await device_->subscribe(std::move(wanted));
        for (auto const& outcome : outcomes)
            if (!outcome.granted)
                co_return outcome.why;
        io_.out << "Device `" << settings.client_id << "` subscribed to " << topic_ << "\n\n";
        co_return result<void>{};
    }

    net::task<result<void>> five_steps() {
        client::user_flow flow(
            {.on = on_,
             .trust = trust_,
             .aws = aws_,
             .job = job_,
             .backend = backend_,
             .around = client::real_clock_and_chance(),
             .cache = &nothing_cached_,
             .observer = [this](client::step_report const& report) { print_step(report); }});
        if (auto up = co_await flow.bring_up(user_, client::reach::publish); !up)
            co_return up;
        client::link_settings settings;
        settings.client_id = flow.identity().text;
        client::mqtt_link link(on_, settings, client::open_presigned_websocket(flow),
                               crypto::system_random());

        auto began = clock_type::now();
        if (auto connected = co_await link.connect(); !connected)
            co_return connected;
        print_step({.name = "connect",
                    .sent = "GET wss://" + job_.iot_endpoint.host_header() +
                            "/mqtt?X-Amz-… (presigned), CONNECT as " + settings.client_id +
                            ", clean session off, keep-alive 30 s",
                    .came_back = "101 Switching Protocols, CONNACK accepted",
                    .took = since(began)});

        began = clock_type::now();
        client::message message{.topic = topic_, .payload = std::string(power_off)};
        auto const outcome = co_await link.publish(message, std::chrono::seconds(10));
        if (outcome.how != client::publish_outcome::kind::delivered)
            co_return outcome.why;
        print_step({.name = "publish",
                    .sent = "PUBLISH QoS 1 " + topic_ + " " + std::string(power_off),
                    .came_back = "PUBACK",
                    .took = since(began)});
        auto told = co_await device_told();
        co_await link.close();
        co_return told;
    }

    net::task<result<void>> device_told() {
        while (!received_) {
            bool const has_come = co_await has_received_.wait(std::chrono::seconds(5));
            if (!has_come)
                co_return fail(client::errc::no_answer_in_time,
                               "the device received nothing within 5 s");
        }
        io_.out << "\nDevice `" << output("Thing") << "` received " << printable(*received_)
                << "\n";
        if (*received_ != power_off)
            co_return fail(client::errc::answer_not_understood,
                           "the device received something else");
        co_return result<void>{};
    }

    static std::chrono::microseconds since(clock_type::time_point began) {
        return std::chrono::duration_cast<std::chrono::microseconds>(clock_type::now() - began);
    }

    void print_step(client::step_report const& report) {
        io_.out << ++steps_ << ". " << report.name << " (" << milliseconds(report.took) << ")\n"
                << "    sent  " << report.sent << "\n    got   " << report.came_back << "\n";
    }

    net::loop& on_;
    std::string template_file_;
    terminal& io_;
    std::unique_ptr<local::local_cloud> cloud_;
    local::template_report report_;
    std::shared_ptr<net::client_tls const> trust_;
    client::aws_settings aws_;
    client::job_settings job_;
    client::user_password user_;
    std::string topic_;
    client::credentials_source backend_;
    std::unique_ptr<net::http_client> carrier_;
    std::unique_ptr<client::aws_caller> caller_;
    client::identity_cache nothing_cached_{};
    std::unique_ptr<client::mqtt_link> device_;
    net::signal has_received_{on_};
    std::optional<std::string> received_;
    int steps_ = 0;
};

class demo_command final : public command {
  public:
    std::string_view name() const override { return "demo"; }
    std::string_view summary() const override {
        return "do the whole job once on a local cloud in this process";
    }
    std::string_view description() const override {
        return "Starts a local cloud that keeps nothing, applies a template, creates a user, and "
               "goes "
               "from the\npassword to an acknowledged publish over TLS and WebSocket; a device "
               "says "
               "what it received.\nExit code 0 only if every step was acknowledged.\n";
    }
    void declare(options& flags) override {
        flags.text("--template", template_, "CloudFormation template with the article's outputs");
    }
    exit_code run(terminal& io) override {
        net::loop loop;
        demonstration show(loop, template_, io);
        result<void> done;
        loop.run_until_done([&]() -> net::task<void> { done = co_await show.run(); });
        if (done)
            return exit_code::ok;
        return give_up(exit_code::failed, done.error().message(), io);
    }

  private:
    std::string template_ = "examples/article/template.yaml";
};

} // namespace

std::unique_ptr<command> make_demo() {
    return std::make_unique<demo_command>();
}

} // namespace cogniot::cli
