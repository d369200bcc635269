// cogniot local: the local cloud as a process.
#include "cli/commands.hpp"
#include "local/local_cloud.hpp"
#include "local/template/errors.hpp"
#include "net/task.hpp"
#include "policy/arn.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace cogniot::cli {
namespace {

constexpr std::string_view nowhere = "none";

std::optional<std::filesystem::path> default_data_directory() {
    // XDG Base Directory Specification: a relative path is to be ignored.
    if (char const* data_home = std::getenv("XDG_DATA_HOME");
        data_home != nullptr && *data_home == '/')
        return std::filesystem::path(data_home) / "cogniot";
    if (char const* home = std::getenv("HOME"); home != nullptr && *home != '\0')
        return std::filesystem::path(home) / ".local" / "share" / "cogniot";
    return {};
}

/// Every connection is a file descriptor, and shells allow 1,024 unless asked.
void allow_many_connections() {
    rlimit allowed{};
    if (::getrlimit(RLIMIT_NOFILE, &allowed) != 0)
        return;
    allowed.rlim_cur = allowed.rlim_max;
    // Refused, it stays as it was: fewer connections, which are closed as they come.
    (void)::setrlimit(RLIMIT_NOFILE, &allowed);
}

/// Whoever waits for the file finds it whole.
result<void> write_ready_file(std::filesystem::path const& path, std::string const& line) {
    auto const aside = path.string() + ".new";
    std::ofstream out(aside, std::ios::binary | std::ios::trunc);
    out << line << '\n';
    out.close();
    if (!out || std::rename(aside.c_str(), path.c_str()) != 0)
        return error{error_code(errno, boost::system::system_category()),
                     "`" + path.string() + "`"};
    return {};
}

/// What was given cannot be used, or something else was in the way.
exit_code code_of(error const& why_not_started) {
    using cogniot::local::errc;
    using cogniot::local::template_errc;
    // The whole category: all that can be wrong with a template is in the template.
    auto const& templates = make_error_code(template_errc::not_readable).category();
    bool const is_given = why_not_started.code.category() == templates ||
                          why_not_started.code == make_error_code(errc::insecure_mqtt_not_loopback);
    return is_given ? exit_code::usage : exit_code::failed;
}

class local_command final : public command {
  public:
    std::string_view name() const override { return "local"; }
    std::string_view summary() const override {
        return "run the local cloud: Cognito, IAM, STS and AWS IoT on one port";
    }
    std::string_view description() const override {
        return "Everything is served on --listen: HTTP and HTTPS, every AWS API by its signature, "
               "target or path,\nand MQTT over WebSocket at /mqtt. The account's root credentials "
               "are test/test.\n\n"
               "  cogniot local --ephemeral --template template.yaml\n"
               "  aws --endpoint-url http://127.0.0.1:4566 cognito-idp list-user-pools "
               "--max-results 10\n";
    }

    void declare(options& flags) override {
        flags
            .text("--listen", listen_, "ADDRESS:PORT of the shared port; port 0 takes any free one")
            .text("--mqtts", mqtts_,
                  "ADDRESS:PORT of MQTT over TLS with client certificates, or `none`")
            .text("--insecure-mqtt", insecure_mqtt_,
                  "ADDRESS:PORT of plain MQTT without authentication; loopback only")
            .text("--data", data_,
                  "directory that keeps all state (default: $XDG_DATA_HOME/cogniot)")
            .flag("--ephemeral", ephemeral_, "keep nothing: state lives in memory")
            .texts("--template", templates_,
                   "CloudFormation template to apply at start (repeatable)")
            .text("--region", region_, "the region of requests that name none")
            .text("--account", account_, "the account's 12 digits")
            .text("--ready-file", ready_file_, "where to write the addresses once it is reachable")
            .flag("--soft", soft_, "evaluate and log every decision, refuse nothing")
            .number("--clock-offset", clock_offset_, -3'155'760'000, 3'155'760'000,
                    "seconds to move the local cloud's clock by")
            .text(
                "--settings,--limits", settings_,
                "YAML or JSON file with limits and what else can be set: `cogniot local settings`")
            .text("--faults", faults_,
                  "YAML or JSON file of fault rules to start with, see `cogniot help local faults`")
            .text("--log-file", log_file_, "append log lines here instead of standard error")
            .choice("--log-level", log_level_, {"error", "info"},
                    "`info` also writes what succeeded, message by message")
            .number("--cores", cores_, 1, 256,
                    "threads, each on a core: beyond the first they carry MQTT connections")
            .choice("--synchronous", synchronous_, {"normal", "full"},
                    "what a commit survives: the process (normal) or power loss, too (full)");
    }

    exit_code run(terminal& io) override {
        auto chosen = read(io);
        if (!chosen)
            return exit_code::usage;
        allow_many_connections();
        // A file that may not grow is a failed commit, which is answered and logged, not a death.
        std::signal(SIGXFSZ, SIG_IGN);
        // Left behind by a process that was killed, it would tell addresses where nobody is.
        if (ready_file_)
            ::unlink(ready_file_->c_str());
        net::loop loop;
        auto started = cogniot::local::local_cloud::start(loop, std::move(*chosen));
        if (!started)
            return give_up(code_of(started.error()), started.error().message(), io);
        auto& cloud = **started;
        net::signal end(loop);
        loop.on_termination([&end] { end.notify(); });
        if (!announce(cloud, io))
            return exit_code::failed;
        auto main = [&]() -> net::task<void> {
            bool woken = false;
            while (!woken)
                woken = co_await end.wait();
            auto stopping = cloud.stop();
            co_await std::move(stopping);
        };
        loop.run_until_done(main);
        if (ready_file_)
            ::unlink(ready_file_->c_str());
        return exit_code::ok;
    }

  private:
    /// Nothing, with the reason on `err`, if the flags cannot be used together.
    std::optional<cogniot::local::options> read(terminal& io) const {
        auto const refuse = [&](std::string const& why) {
            io.err << "cogniot local: " << why << std::endl;
            return std::nullopt;
        };
        cogniot::local::options chosen;
        auto const address = [&](std::string const& text, auto& into) {
            auto parsed = cogniot::local::parse_listen_address(text);
            if (parsed)
                into = *parsed;
            else
                io.err << "cogniot local: " << parsed.error().message() << std::endl;
            return parsed.has_value();
        };
        if (!address(listen_, chosen.listen))
            return {};
        chosen.mqtts.reset();
        if (mqtts_ != nowhere && !address(mqtts_, chosen.mqtts))
            return {};
        if (insecure_mqtt_ && !address(*insecure_mqtt_, chosen.insecure_mqtt))
            return {};
        if (ephemeral_ && data_)
            return refuse("--ephemeral keeps nothing, so --data has no meaning beside it");
        if (data_)
            chosen.data = *data_;
        else if (!ephemeral_)
            chosen.data = default_data_directory();
        if (!ephemeral_ && !chosen.data)
            return refuse("neither XDG_DATA_HOME nor HOME is set: say --data DIR or --ephemeral");
        if (!policy::is_account(account_))
            return refuse("--account takes 12 digits, not `" + account_ + "`");
        if (!policy::is_region(region_))
            return refuse("--region `" + region_ + "` is no region such as ap-northeast-1");
        chosen.templates.assign(templates_.begin(), templates_.end());
        chosen.region = region_;
        chosen.account = account_;
        chosen.soft = soft_;
        chosen.clock_offset = std::chrono::seconds(clock_offset_);
        if (settings_) {
            auto read = cogniot::local::read_settings(*settings_);
            if (!read)
                return refuse(read.error().message());
            chosen.settings = *read;
        }
        if (faults_) {
            auto read = cogniot::local::read_fault_file(*faults_);
            if (!read)
                return refuse(read.error().message());
            chosen.faults = std::move(*read);
        }
        if (log_file_)
            chosen.log_file = *log_file_;
        chosen.level = log_level_ == "info" ? cogniot::local::log_level::info
                                            : cogniot::local::log_level::error;
        chosen.cores = static_cast<unsigned>(cores_);
        chosen.sync = synchronous_ == "full" ? store::sync::full : store::sync::normal;
        return chosen;
    }

    bool announce(cogniot::local::local_cloud& cloud, terminal& io) const {
        auto const& ready = cloud.ready();
        auto const line = ready.print();
        if (ready_file_)
            if (auto written = write_ready_file(*ready_file_, line); !written) {
                io.err << "cogniot local: " << written.error().message() << std::endl;
                return false;
            }
        for (auto const& one : cloud.templates()) {
            io.err << "Stack " << one.stack << " from " << one.file.string() << ": "
                   << (one.changed == 0 ? std::string("unchanged")
                                        : std::to_string(one.changed) + " resources changed")
                   << '\n';
            for (auto const& warning : one.warnings)
                io.err << "  warning: " << warning << '\n';
            for (auto const& [key, value] : one.outputs)
                io.err << "  " << key << " = " << value << '\n';
        }
        io.err << "cogniot local cloud " COGNIOT_VERSION "\n"
               << "  endpoint   " << ready.endpoint << "  and  " << ready.http_endpoint << '\n'
               << "  MQTT       wss://" << ready.endpoint.substr(8) << "/mqtt"
               << (ready.insecure_mqtt
                       ? "  and without authentication mqtt://" + *ready.insecure_mqtt
                       : std::string())
               << '\n'
               << "  CA         " << ready.ca_file << '\n'
               << "  data       "
               << (ephemeral_ ? std::string("in memory, gone at exit")
                              : (data_ ? *data_ : default_data_directory()->string()))
               << '\n'
               << "  console    " << ready.console << '\n';
        if (soft_)
            io.err << "  soft mode: policies are evaluated and logged, nothing is refused\n";
        io.err << "Ready." << std::endl;
        io.out << line << std::endl;
        return true;
    }

    std::string listen_ = "127.0.0.1:4566";
    std::string mqtts_ = "127.0.0.1:8883";
    std::optional<std::string> insecure_mqtt_;
    std::optional<std::string> data_;
    bool ephemeral_ = false;
    std::vector<std::string> templates_;
    std::string region_ = "ap-northeast-1";
    std::string account_ = "123456789012";
    std::optional<std::string> ready_file_;
    bool soft_ = false;
    std::int64_t clock_offset_ = 0;
    std::optional<std::string> settings_;
    std::optional<std::string> faults_;
    std::optional<std::string> log_file_;
    std::string log_level_ = "error";
    std::int64_t cores_ = 1;
    std::string synchronous_ = "normal";
};

} // namespace

std::unique_ptr<command> make_local() {
    return std::make_unique<local_command>();
}

} // namespace cogniot::cli
