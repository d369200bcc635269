// The local cloud as a thing to start, ask for its addresses, and stop: what `cogniot local` runs,
// and what `cogniot demo` and tests embed.
#pragma once

#include "base/result.hpp"
#include "local/addresses.hpp"
#include "local/event_log.hpp"
#include "local/faults/plan.hpp"
#include "local/settings.hpp"
#include "net/task.hpp"
#include "store/store.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::cloud {
struct world;
}

namespace cogniot::local {

struct options {
    listen_address listen{"127.0.0.1", 4566};
    std::optional<listen_address> mqtts = listen_address{"127.0.0.1", 8883};
    /// Loopback only; refused otherwise.
    std::optional<listen_address> insecure_mqtt{};
    /// Nothing = ephemeral: state in memory, certificates in a temporary directory.
    std::optional<std::filesystem::path> data{};
    std::vector<std::filesystem::path> templates{};
    std::string region = "ap-northeast-1";
    std::string account = "123456789012";
    /// Evaluate and log every decision, refuse nothing.
    bool soft = false;
    std::chrono::seconds clock_offset{};
    /// What is otherwise than on AWS: settings.hpp.
    local::settings settings{};
    /// Rules of fault injection to start with: faults/plan.hpp.
    fault_list faults{};
    /// Nothing = standard error.
    std::optional<std::filesystem::path> log_file{};
    log_level level = log_level::error;
    /// Threads that share the work: one for the broker, the others carry MQTT connections. At
    /// least 1.
    unsigned cores = 1;
    store::sync sync = store::sync::normal;
};

/// What applying a template reported: warnings and outputs, for people.
struct template_report {
    std::filesystem::path file;
    std::string stack;
    std::size_t changed = 0;
    std::vector<std::string> warnings{};
    std::vector<std::pair<std::string, std::string>> outputs{};
};

enum class errc { insecure_mqtt_not_loopback = 1, authority_not_whole };
std::string_view describe(errc);
error_code make_error_code(errc);

class local_cloud {
  public:
    /// Loads state, makes what is missing, applies templates and listens; connections are served as
    /// soon as the loop turns. @errors store::errc, net::errc, template_errc, errc,
    /// the system's
    static result<std::unique_ptr<local_cloud>> start(net::loop&, options);
    /// stop() must have ended, or the loop must never turn again.
    ~local_cloud();

    ready_info const& ready() const;
    std::vector<template_report> const& templates() const;
    /// Accepts nothing more, publishes wills, lets what was sent leave, commits, and ends.
    net::task<void> stop();

    /// For tests and for programs that embed: the loop's thread only.
    cloud::world& world();

    struct inside;

  private:
    explicit local_cloud(std::unique_ptr<inside>);
    std::unique_ptr<inside> in_;
};

} // namespace cogniot::local
