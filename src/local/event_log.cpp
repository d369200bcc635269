#include "local/event_log.hpp"

#include "base/splitmix64.hpp"
#include "base/uuid.hpp"
#include "cloud/world.hpp"

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace cogniot::local {
namespace {

/// @source spec iot-broker 5.2: INFO for success, ERROR for failure, Ping's success DEBUG
cloud::iot::log_level severity_of(event_facts const& of) {
    if (!of.success)
        return cloud::iot::log_level::error;
    return of.type == "Ping" ? cloud::iot::log_level::debug : cloud::iot::log_level::info;
}

} // namespace

event_log::event_log(cloud::world& world, local::log_level level, random_source& random)
    : world_(world), level_(level) {
    std::array<unsigned char, sizeof(trace_seed_)> seed{};
    random.fill(seed);
    std::memcpy(trace_seed_.data(), seed.data(), seed.size());
}

event_log::~event_log() {
    on_new_lines_ = nullptr;
    flush();
    if (descriptor_ > 2)
        ::close(descriptor_);
}

result<void> event_log::open_file(std::filesystem::path const& path) {
    int const opened = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (opened < 0)
        return error{error_code(errno, boost::system::system_category()),
                     "`" + path.string() + "`"};
    descriptor_ = opened;
    return {};
}

// Numbers that a caller gives are even, our own odd: they never meet.
void event_log::begin_request() {
    request_ = 2 * ++last_request_ + 1;
    trace_.clear();
    is_trace_given_ = false;
}

void event_log::begin_request(std::uint64_t number) {
    if (request_ == 2 * number)
        return;
    request_ = 2 * number;
    if (std::exchange(expects_number_, false))
        return;
    trace_.clear();
    is_trace_given_ = false;
}

void event_log::begin_request(std::string trace) {
    begin_request();
    trace_ = std::move(trace);
    is_trace_given_ = true;
}

std::optional<event_log::route> event_log::find_route(event_facts const& of) const {
    auto const severity = severity_of(of);
    bool const is_for_file = severity == cloud::iot::log_level::error ||
                             (level_ == log_level::info && severity == cloud::iot::log_level::info);
    route to{.file = is_for_file || of.what == event_facts::kind::own ||
                     of.what == event_facts::kind::code};
    if (of.what == event_facts::kind::iot) {
        auto const* const region =
            world_.iot.find(of.region.empty() ? world_.settings.region : of.region);
        to.group = cloud::iot::find_log_group(region == nullptr ? nullptr : &region->logging,
                                              {.type = of.type,
                                               .severity = severity,
                                               .client_id = of.client_id,
                                               .source_ip = of.source_ip,
                                               .principal_id = of.principal_id},
                                              world_.settings.iot_logging);
    }
    if (!to.file && !to.group)
        return {};
    return to;
}

std::string_view event_log::own_region() const {
    return world_.settings.region;
}

void event_log::print_head(log_fields& line, event_facts const& of, utc_time at,
                           std::uint64_t request) const {
    bool const is_told = request == request_ && !trace_.empty();
    line.begin();
    line.text("timestamp", print_log(at))
        .text("logLevel", cloud::iot::print(severity_of(of)))
        .text("traceId", is_told ? trace_ : make_trace(request))
        .text("accountId", world_.settings.account);
    // AWS's Queued entries have these two further down (developer guide, "Queued log entry").
    if (of.type != "Queued")
        line.text("status", of.success ? "Success" : "Failure").text("eventType", of.type);
}

std::string event_log::make_trace(std::uint64_t request) const {
    std::array const halves{splitmix64(trace_seed_[0] + request),
                            splitmix64(trace_seed_[1] ^ request)};
    return print_uuid(std::bit_cast<std::array<unsigned char, sizeof halves>>(halves));
}

void event_log::begin_line(event_facts const& of, utc_time now) {
    if (trace_.empty())
        trace_ = make_trace(request_);
    print_head(fields_, of, now, request_);
}

void event_log::end_line(event_facts const& of, route const& to, utc_time now) {
    auto const line = fields_.finish();
    if (to.file) {
        pending_ += line;
        pending_ += '\n';
    }
    // The feeds are read by whoever reaches the port.
    if (of.what == event_facts::kind::code)
        return;
    keep(of, to,
         std::make_shared<cloud::logs::text_entry const>(
             cloud::logs::entry_facts{.number = ++last_number_,
                                      .at = now,
                                      .line = line,
                                      .region = of.region.empty() ? own_region() : of.region,
                                      .group = to.group.value_or(std::string_view()),
                                      .client_id = of.client_id,
                                      .identity_id = of.identity_id}));
}

void event_log::keep(event_facts const& of, route const& to, cloud::logs::entry_ptr made) {
    if ((!of.success || of.has_refusal) && !of.is_consequence &&
        of.what != event_facts::kind::own) {
        denials_.push(made);
        ++denial_count_;
    }
    if (to.group)
        world_.logs.add(made);
    events_.push(std::move(made));
    has_new_lines_ = true;
}

void event_log::write_own(std::string_view reason, std::string_view details, utc_time now) {
    begin_request();
    write({.what = event_facts::kind::own, .type = "cogniot", .success = false}, now,
          [&](log_fields& line) { line.text("reason", reason).text("details", details); });
}

void event_log::flush() {
    std::string_view rest = pending_;
    while (!rest.empty()) {
        auto const written = ::write(descriptor_, rest.data(), rest.size());
        if (written < 0 && errno == EINTR)
            continue;
        // A log that cannot be written must not stop the cloud; the rings still have the entries.
        if (written <= 0)
            break;
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    pending_.clear();
    if (std::exchange(has_new_lines_, false) && on_new_lines_)
        on_new_lines_();
}

} // namespace cogniot::local
