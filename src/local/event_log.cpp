#include "local/event_log.hpp"

#include "json/parse.hpp"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace cogniot::local {
namespace {

constexpr std::size_t ring_size = 500;
/// Beyond this a line loses `because`, which repeats policies and input; `explanation` says the
/// same.
constexpr std::size_t max_line_bytes = 16 * 1024;
constexpr std::size_t max_field_bytes = 2 * 1024;

bool is_single_message(std::string_view event_type) {
    return event_type == "Publish-In" || event_type == "Publish-Out" || event_type == "Queued" ||
           event_type == "Ping";
}

void cut(boost::json::string& text) {
    if (text.size() <= max_field_bytes)
        return;
    text.resize(max_field_bytes);
    // Not within a character: JSON is UTF-8.
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80)
        text.pop_back();
    if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0)
        text.pop_back();
}

} // namespace

event_log::event_log(std::string account, log_level level, random_source& random)
    : account_(std::move(account)), level_(level), random_(random) {}

event_log::~event_log() {
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

bool event_log::wants_success(std::string_view event_type) const {
    return level_ == log_level::info || !is_single_message(event_type);
}

void event_log::keep(std::deque<std::string>& ring, std::string const& line) {
    ring.push_back(line);
    if (ring.size() > ring_size)
        ring.pop_front();
}

void event_log::write(std::string_view event_type, bool success, boost::json::object fields,
                      utc_time now) {
    if (trace_.empty())
        trace_ = random_uuid(random_);
    boost::json::object entry{{"timestamp", print_log(now)},
                              {"logLevel", success ? "INFO" : "ERROR"},
                              {"traceId", trace_},
                              {"accountId", account_},
                              {"status", success ? "Success" : "Failure"},
                              {"eventType", event_type}};
    for (auto& [name, value] : fields)
        entry[name] = std::move(value);
    auto line = boost::json::serialize(entry);
    if (line.size() > max_line_bytes) {
        entry.erase("because");
        for (auto& member : entry)
            if (auto* text = member.value().if_string(); text != nullptr)
                cut(*text);
        line = boost::json::serialize(entry);
    }
    if (!success) {
        keep(denials_, line);
        ++denial_count_;
    }
    if (!is_single_message(event_type) || !success)
        keep(recent_, line);
    if (!success || level_ == log_level::info) {
        pending_ += line;
        pending_ += '\n';
    }
}

void event_log::write_own(std::string_view reason, std::string_view details, utc_time now) {
    boost::json::object entry{{"timestamp", print_log(now)}, {"logLevel", "ERROR"},
                              {"accountId", account_},       {"status", "Failure"},
                              {"eventType", "cogniot"},      {"reason", reason},
                              {"details", details}};
    pending_ += boost::json::serialize(entry);
    pending_ += '\n';
}

void event_log::write_message(boost::json::object fields, utc_time now) {
    boost::json::object entry{{"timestamp", print_log(now)},
                              {"logLevel", "INFO"},
                              {"accountId", account_},
                              {"status", "Success"},
                              {"eventType", "Message"}};
    for (auto& [name, value] : fields)
        entry[name] = std::move(value);
    auto line = boost::json::serialize(entry);
    keep(recent_, line);
    pending_ += line;
    pending_ += '\n';
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
}

void add_reasons(boost::json::object& fields, std::string_view explained) {
    auto parsed = json::parse_object(explained, {.max_bytes = 1 << 20, .max_depth = 64});
    if (!parsed)
        return;
    if (auto const words = json::find_string(*parsed, "words"))
        fields["explanation"] = *words;
    parsed->erase("words");
    fields["because"] = std::move(*parsed);
}

} // namespace cogniot::local
