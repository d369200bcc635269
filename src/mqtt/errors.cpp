#include "base/error_category.hpp"
#include "mqtt/codec.hpp"

namespace cogniot::mqtt {

std::string_view describe(errc e) {
    switch (e) {
    case errc::malformed_packet:
        return "malformed MQTT packet";
    case errc::protocol_error:
        return "MQTT protocol error";
    case errc::packet_too_large:
        return "MQTT packet too large";
    case errc::unsupported_version:
        return "unsupported MQTT version";
    case errc::not_utf8:
        return "not UTF-8 as MQTT wants it";
    case errc::string_too_long:
        return "string longer than 65535 bytes";
    case errc::topic_empty:
        return "empty topic";
    case errc::topic_has_wildcard:
        return "wildcard in a topic name";
    case errc::topic_too_long:
        return "topic too long";
    case errc::topic_too_deep:
        return "topic has too many levels";
    case errc::filter_malformed:
        return "malformed topic filter";
    }
    return "unknown MQTT error";
}

error_code make_error_code(errc e) {
    return enum_code("mqtt", e);
}

} // namespace cogniot::mqtt
