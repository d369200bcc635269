#include "broker/broker.hpp"

#include "base/error_category.hpp"
#include "broker/core.hpp"
#include "mqtt/codec.hpp"

namespace cogniot::broker {

std::string_view describe(errc e) {
    switch (e) {
    case errc::record_not_readable:
        return "a record cannot be read: the data is damaged";
    }
    return "unknown broker error";
}

error_code make_error_code(errc e) {
    return enum_code("broker", e);
}

struct broker::inside {
    inside(authoriser& a, effects& e, random_source& r, profile const& aws)
        : machine(a, e, r, aws) {}
    core machine;
};

broker::broker(authoriser& a, effects& e, random_source& r, profile const& aws)
    : in_(std::make_unique<inside>(a, e, r, aws)) {}
broker::~broker() = default;

result<bool> broker::restore(std::string_view kind, std::string_view key, std::string_view value) {
    return in_->machine.restore(kind, key, value);
}
void broker::opened(peer const& p, utc_time now) {
    in_->machine.opened(p, now);
}
void broker::received(connection_id id, mqtt::packet const& p, utc_time now) {
    in_->machine.received(id, p, now);
}
void broker::closed(connection_id id, close_cause why, std::string_view detail, utc_time now) {
    in_->machine.closed(id, why, detail, now);
}
void broker::writable(connection_id id, utc_time now) {
    in_->machine.writable(id, now);
}
void broker::tick(utc_time now) {
    in_->machine.tick(now);
}
std::optional<utc_time> broker::next_deadline() const {
    return in_->machine.next_deadline();
}
void broker::publish_from_service(std::string_view topic, std::string_view payload, mqtt::qos level,
                                  utc_time now) {
    in_->machine.publish_from_service(topic, payload, level, now);
}
std::size_t broker::connection_count() const {
    return in_->machine.connection_count();
}
std::size_t broker::session_count() const {
    return in_->machine.session_count();
}
std::size_t broker::held_bytes() const {
    return in_->machine.memory().held;
}
void broker::set_max_held_bytes(std::size_t bytes) {
    in_->machine.memory().maximum = bytes;
}

close_cause cause_of(error const& e) {
    if (e.code == mqtt::make_error_code(mqtt::errc::packet_too_large))
        return close_cause::too_large;
    if (e.code == mqtt::make_error_code(mqtt::errc::unsupported_version))
        return close_cause::unsupported_version;
    if (e.code == mqtt::make_error_code(mqtt::errc::protocol_error))
        return close_cause::protocol_error;
    return close_cause::malformed;
}

} // namespace cogniot::broker
