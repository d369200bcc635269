// cogniot device simulate: the other half of the article's flow. Devices that connect with
// certificates and keep what they report equal to what is desired of them.
#include "base/ascii.hpp"
#include "base/seeded_random.hpp"
#include "base/text.hpp"
#include "cli/client_session.hpp"
#include "cli/commands.hpp"
#include "cli/device_files.hpp"
#include "cli/device_log.hpp"
#include "client/aws_wiring.hpp"
#include "client/device_provisioning.hpp"
#include "client/errors.hpp"
#include "client/simulated_device.hpp"
#include "crypto/random.hpp"

#include <algorithm>
#include <limits>
#include <ostream>

namespace cogniot::cli {
namespace {

/// AWS's APIs with the backend's credentials, for what is not on the command line.
struct control_plane {
    static result<std::unique_ptr<control_plane>> open(net::loop& loop,
                                                       resolved_settings const& from) {
        auto config =
            client::aws_config::load(client::process_surroundings(), from.flags, from.fallbacks);
        if (!config)
            return config.error();
        auto out = std::make_unique<control_plane>(std::move(*config));
        auto trust = client::find_trust(out->config);
        if (!trust)
            return trust.error();
        auto aws = client::find_endpoints(out->config, from.values);
        if (!aws)
            return aws.error();
        out->http = std::make_unique<net::http_client>(loop, *trust);
        out->backend = std::make_unique<client::backend_credentials>(loop, *out->http, out->config);
        auto* const self = out.get();
        out->caller = std::make_unique<client::aws_caller>(
            std::move(*aws), [self](client::service) -> net::http_client& { return *self->http; },
            client::source_of(*out->backend), client::real_clock_and_chance());
        return out;
    }
    explicit control_plane(client::aws_config c) : config(std::move(c)) {}

    client::aws_config config;
    std::unique_ptr<net::http_client> http{};
    std::unique_ptr<client::backend_credentials> backend{};
    std::unique_ptr<client::aws_caller> caller{};
};

class device_simulate_command final : public command {
  public:
    std::string_view name() const override { return "device simulate"; }
    std::string_view summary() const override {
        return "run devices that keep their shadows' reported state as desired";
    }
    std::string_view description() const override {
        return "Each device connects over mutual TLS under its thing's name, asks for its shadow, "
               "applies each delta and reports it; what it does is told as one JSON line each. "
               "With --provision it makes thing, policy and certificate itself, with the "
               "backend's credentials, and keeps the files.\n\n"
               "    cogniot device simulate --thing device_1 --provision\n"
               "    cogniot device simulate --thing lamp --count 100 --provision --jitter 500 "
               "--drop 30 --seed 7 --for 600\n"
               "    cogniot device simulate --thing device_1 --cert c.pem --key k.pem "
               "--iot-endpoint HOST\n";
    }
    void declare(options& o) override {
        o.text("--thing", thing_, "name of the thing, and the client ID").required();
        o.group("Devices");
        o.number("--count", count_, 1, 10'000,
                 "so many devices: THING-1, THING-2, …; one is called THING");
        o.group("Devices");
        o.text("--cert", certificate_, "PEM file of the device's certificate").group("Devices");
        o.text("--key", key_, "PEM file of its private key").group("Devices");
        o.flag("--provision", provision_,
               "make what is missing: thing, IoT policy, an active certificate, and its files");
        o.group("Devices");
        o.text("--directory", directory_,
               "where --provision keeps THING.cert.pem and THING.private.key; default: here");
        o.group("Devices");
        o.number("--jitter", jitter_, 0, 3'600'000,
                 "milliseconds that a device takes at most to apply a change; default: 0");
        o.group("Behaviour");
        o.number("--drop", drop_, 0, 86'400,
                 "each device loses its connection at random, on average once in so many "
                 "seconds; default: never");
        o.group("Behaviour");
        o.number("--seed", seed_, 0, std::numeric_limits<std::int64_t>::max(),
                 "makes jitter and drops repeatable");
        o.group("Behaviour");
        o.number("--for", seconds_, 1, 31'536'000, "stop after so many seconds");
        o.group("Behaviour");
        o.text("--iot-endpoint", flags_.given.iot_endpoint,
               "HOST[:PORT] of AWS IoT; default: what DescribeEndpoint says");
        o.group("AWS");
        o.text("--endpoint-url", flags_.given.endpoint_url, "use this URL for every AWS API");
        o.group("AWS");
        o.text("--region", flags_.given.region, "AWS region").group("AWS");
        o.text("--profile", flags_.given.profile,
               "profile of ~/.aws for the backend's credentials");
        o.group("AWS");
        o.text("--ca-bundle", flags_.given.ca_bundle,
               "PEM file of the CAs to trust (AWS_CA_BUNDLE)");
        o.group("AWS");
    }

    exit_code run(terminal& io) override {
        if (auto const fine = check(); !fine)
            return complain(io, name(), fine.error());
        net::loop loop;
        result<void> done = fail(net::errc::cancelled);
        loop.run_until_done([&]() -> net::task<void> {
            auto simulating = simulate(loop, io);
            done = co_await std::move(simulating);
        });
        return done ? exit_code::ok : complain(io, name(), done.error());
    }

  private:
    result<void> check() const {
        if (certificate_.has_value() != key_.has_value())
            return fail(client::errc::setting_missing, "--cert and --key belong together");
        if (!certificate_ && !provision_)
            return fail(client::errc::setting_missing,
                        "--cert and --key, or --provision to make them");
        if (certificate_ && provision_)
            return fail(client::errc::setting_unusable,
                        "--provision makes what --cert and --key give");
        auto const is_fit = [](char c) {
            return is_letter_or_digit(c) || c == ':' || c == '_' || c == '-';
        };
        if (thing_.empty() || thing_.size() > 120 || !std::ranges::all_of(thing_, is_fit))
            return fail(client::errc::setting_unusable,
                        "--thing `" + printable(thing_) +
                            "`: 1 to 120 of the characters a-z A-Z 0-9 : _ -");
        return {};
    }

    std::vector<std::string> things() const {
        std::vector<std::string> all;
        for (std::int64_t i = 1; i <= count_; ++i)
            all.push_back(count_ == 1 ? thing_ : thing_ + "-" + std::to_string(i));
        return all;
    }

    net::task<result<void>> simulate(net::loop& loop, terminal& io) {
        auto const resolved = resolve(flags_, process_environment());
        if (!resolved)
            co_return resolved.error();
        auto control = control_plane::open(loop, *resolved);
        if (!control)
            co_return control.error();
        auto finding = find_broker(**control, resolved->values.iot_endpoint);
        auto const broker = co_await std::move(finding);
        if (!broker)
            co_return broker.error();
        device_log log(io.out);
        std::vector<std::unique_ptr<random_source>> chances;
        std::vector<std::unique_ptr<client::simulated_device>> devices;
        for (auto const& thing : things()) {
            auto preparing = prepare(**control, thing, log);
            auto const trust = co_await std::move(preparing);
            if (!trust)
                co_return trust.error();
            chances.push_back(chance(chances.size()));
            devices.push_back(std::make_unique<client::simulated_device>(
                loop,
                client::simulated_device_settings{.thing = thing,
                                                  .broker = *broker,
                                                  .trust = *trust,
                                                  .jitter = std::chrono::milliseconds(jitter_),
                                                  .drop_every = std::chrono::seconds(drop_)},
                *chances.back(), log.observe(thing)));
        }
        auto running = run_all(loop, devices, log);
        auto const done = co_await std::move(running);
        co_return done;
    }

    static net::task<result<net::origin>> find_broker(control_plane& control,
                                                      std::optional<std::string> given) {
        if (given) {
            auto const parsed = net::parse_base_url("https://" + *given);
            if (!parsed || !parsed->path.empty())
                co_return fail(client::errc::setting_unusable,
                               "--iot-endpoint `" + printable(*given) + "`: HOST[:PORT] is due");
            co_return parsed->at;
        }
        auto finding = client::find_data_endpoint(*control.caller);
        auto found = co_await std::move(finding);
        co_return found;
    }

    /// The device's certificate, made if it is missing and may be, in a trust of its own.
    net::task<result<std::shared_ptr<net::client_tls const>>>
    prepare(control_plane& control, std::string thing, device_log& log) const {
        auto const files =
            certificate_ ? device_files{*certificate_, *key_} : files_of(directory_, thing);
        if (provision_ && !std::filesystem::exists(files.certificate)) {
            auto provisioning = client::provision_device(*control.caller, thing);
            auto const made = co_await std::move(provisioning);
            if (!made)
                co_return made.error();
            auto const kept =
                write_device_files(files, {made->certificate_pem, made->private_key_pem});
            if (!kept)
                co_return kept.error();
            log.provisioned(thing, made->arn, files.certificate.string());
        }
        auto const pair = read_device_files(files);
        if (!pair)
            co_return pair.error();
        std::optional<std::filesystem::path> bundle;
        if (auto const& path = control.config.ca_bundle())
            bundle = *path;
        // Port 8883 speaks nothing but MQTT; any other is told by ALPN.
        co_return net::client_tls::make(
            bundle,
            net::client_identity{pair->certificate_pem, pair->private_key_pem, {"x-amzn-mqtt-ca"}});
    }

    std::unique_ptr<random_source> chance(std::size_t device) const {
        if (seed_)
            return std::make_unique<seeded_random>(static_cast<std::uint64_t>(*seed_) + device);
        return std::make_unique<seeded_random>(
            random_below(crypto::system_random(), std::numeric_limits<std::uint64_t>::max()));
    }

    /// Until a signal, the end of the time, or the end of the last device.
    net::task<result<void>> run_all(net::loop& loop,
                                    std::vector<std::unique_ptr<client::simulated_device>>& devices,
                                    device_log& log) const {
        result<void> last{};
        std::size_t left = devices.size();
        bool is_over = false;
        net::signal changed(loop);
        loop.on_termination([&] {
            is_over = true;
            changed.notify();
        });
        net::task_group group(loop);
        for (auto& one : devices)
            group.spawn([&]() -> net::task<void> {
                auto running = one->run();
                auto const done = co_await std::move(running);
                if (!done)
                    last = done;
                --left;
                changed.notify();
            });
        auto const until = std::chrono::steady_clock::now() +
                           std::chrono::seconds(seconds_.value_or(10L * 365 * 86'400));
        while (left > 0 && !is_over) {
            auto const rest = until - std::chrono::steady_clock::now();
            if (rest <= std::chrono::steady_clock::duration::zero())
                break;
            auto waiting = changed.wait(rest);
            (void)co_await std::move(waiting);
        }
        bool const have_all_failed = left == 0 && !last;
        log.stop();
        net::task_group stopping(loop);
        for (auto& one : devices)
            stopping.spawn([&] { return one->stop(); });
        auto stopped = stopping.join();
        co_await std::move(stopped);
        auto joined = group.join();
        co_await std::move(joined);
        if (have_all_failed)
            co_return last;
        co_return result<void>();
    }

    connection_flags flags_{};
    std::string thing_{};
    std::int64_t count_ = 1;
    std::optional<std::string> certificate_{};
    std::optional<std::string> key_{};
    bool provision_ = false;
    std::string directory_ = ".";
    std::int64_t jitter_ = 0;
    std::int64_t drop_ = 0;
    std::optional<std::int64_t> seed_{};
    std::optional<std::int64_t> seconds_{};
};

} // namespace

std::unique_ptr<command> make_device_simulate() {
    return std::make_unique<device_simulate_command>();
}

} // namespace cogniot::cli
