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
std::uint64_t broker::begin_request() {
    return in_->machine.begin_request();
}
void broker::set_back(std::chrono::milliseconds by) {
    in_->machine.set_back(by);
}
void broker::publish_from_service(std::string_view topic, std::string_view payload, mqtt::qos level,
                                  std::uint64_t request, utc_time now) {
    in_->machine.publish_from_service(topic, payload, level, request, now);
}
publish_outcome broker::publish(peer const& from, mqtt::publish const& p, utc_time now) {
    return in_->machine.publish(from, p, now);
}
std::optional<retained_view> broker::find_retained(std::string_view topic, utc_time now) const {
    return in_->machine.find_retained(topic, now);
}
void broker::list_retained(std::string_view after, utc_time now,
                           std::function<bool(retained_view const&)> const& each) const {
    in_->machine.list_retained(after, now, each);
}
std::optional<client_view> broker::find_client(std::string_view client_id, utc_time now) const {
    return in_->machine.find_client(client_id, now);
}
bool broker::disconnect(std::string_view client_id, bool clean_session, bool with_will,
                        utc_time now) {
    return in_->machine.disconnect(client_id, clean_session, with_will, now);
}
direct_answer broker::send_directly(peer const& from, std::string_view client_id,
                                    mqtt::publish const& p, std::chrono::seconds timeout,
                                    utc_time now) {
    return in_->machine.send_directly(from, client_id, p, timeout, now);
}
void broker::abandon(direct_id id, utc_time now) {
    in_->machine.abandon(id, now);
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
