// Every packet: build -> exact bytes -> parse -> equal. The bytes are written down from the figures
// of MQTT 3.1.1 and MQTT 5.0, section 3, by hand.
#include "base/text.hpp"
#include "mqtt/codec.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace cogniot;
using namespace cogniot::mqtt;
using namespace std::string_view_literals;

namespace {

struct row {
    char const* id;
    version level;
    decoder::role role;
    packet value;
    std::string_view hex;
};

constexpr auto client = decoder::role::reads_from_client;
constexpr auto server = decoder::role::reads_from_server;
constexpr auto v31 = version::v31, v311 = version::v311, v5 = version::v5;

properties with_user_property() {
    properties p;
    p.user_properties = {{"k", "v"}, {"k", "w"}};
    return p;
}

std::vector<row> rows() {
    std::vector<row> all{
        {"connect/minimal/v31", v31, client,
         connect{.level = v31, .keep_alive_seconds = 60, .client_id = "c"},
         "100f 00064d514973647003 02 003c 000163"},
        {"connect/minimal/v311", v311, client,
         connect{.level = v311, .keep_alive_seconds = 60, .client_id = "c"},
         "100d 00044d515454 04 02 003c 000163"},
        {"connect/persistent-empty-id/v311", v311, client,
         connect{.level = v311, .clean_start = false}, "100c 00044d515454 04 00 0000 0000"},
        {"connect/will-user-password/v311", v311, client,
         connect{.level = v311,
                 .keep_alive_seconds = 10,
                 .client_id = "c",
                 .last_will = will{.topic = "w",
                                   .payload = "\0x"sv,
                                   .level = qos::at_least_once,
                                   .retain = true},
                 .user_name = "u",
                 .password = "\xff"},
         "101a 00044d515454 04 ee 000a 000163 000177 00020078 000175 0001ff"},
        {"connect/minimal/v5", v5, client,
         connect{.level = v5, .keep_alive_seconds = 60, .client_id = "c"},
         "100e 00044d515454 05 02 003c 00 000163"},
        {"connack/accepted/v311", v311, server, connack{}, "20020000"},
        {"connack/session-present/v311", v311, server, connack{.session_present = true},
         "20020100"},
        {"connack/not-authorised/v311", v311, server, connack{.code = 5}, "20020005"},
        {"connack/accepted/v5", v5, server, connack{}, "2003000000"},
        {"publish/qos0/v311", v311, client, publish{.topic = "a/b", .payload = "hi"},
         "3007 0003612f62 6869"},
        {"publish/qos0-empty-payload/v311", v311, client, publish{.topic = "a/b"},
         "3005 0003612f62"},
        {"publish/qos1-dup-retain/v311", v311, client,
         publish{.topic = "a/b",
                 .payload = "hi",
                 .level = qos::at_least_once,
                 .retain = true,
                 .dup = true,
                 .id = 10},
         "3b09 0003612f62 000a 6869"},
        {"publish/qos2/v311", v311, client,
         publish{.topic = "a", .level = qos::exactly_once, .id = 0xFFFF}, "3405 000161 ffff"},
        {"publish/qos1/v5", v5, client,
         publish{.topic = "a", .payload = "x", .level = qos::at_least_once, .id = 1},
         "3207 000161 0001 00 78"},
        {"puback/v311", v311, client, ack{.id = 2}, "40020002"},
        {"pubrec/v311", v311, client, ack{.type = ack_type::pubrec, .id = 2}, "50020002"},
        {"pubrel/v311", v311, client, ack{.type = ack_type::pubrel, .id = 2}, "62020002"},
        {"pubcomp/v311", v311, client, ack{.type = ack_type::pubcomp, .id = 2}, "70020002"},
        {"puback/bare/v5", v5, client, ack{.id = 2}, "40020002"},
        {"subscribe/one/v311", v311, client,
         subscribe{.id = 10, .filters = {{.filter = "a/b", .maximum = qos::at_least_once}}},
         "8208 000a 0003612f62 01"},
        {"subscribe/two/v311", v311, client,
         subscribe{.id = 10,
                   .filters = {{.filter = "a/+", .maximum = qos::at_least_once},
                               {.filter = "#", .maximum = qos::exactly_once}}},
         "820c 000a 0003612f2b 01 000123 02"},
        {"subscribe/options/v5", v5, client,
         subscribe{.id = 10,
                   .filters = {{.filter = "a",
                                .maximum = qos::at_least_once,
                                .no_local = true,
                                .retain_as_published = true,
                                .retain_handling = 2}}},
         "8207 000a 00 000161 2d"},
        {"suback/v311", v311, server, suback{.id = 10, .codes = {0, 1, 0x80}}, "9005 000a 000180"},
        {"suback/v5", v5, server, suback{.id = 10, .codes = {0, 0x8F}}, "9005 000a 00 008f"},
        {"unsubscribe/v311", v311, client, unsubscribe{.id = 10, .filters = {"a", "b/#"}},
         "a20a 000a 000161 0003622f23"},
        {"unsubscribe/v5", v5, client, unsubscribe{.id = 10, .filters = {"a"}},
         "a206 000a 00 000161"},
        {"unsuback/v311", v311, server, unsuback{.id = 10}, "b002 000a"},
        {"unsuback/v5", v5, server, unsuback{.id = 10, .codes = {0, 0x11}}, "b005 000a 00 0011"},
        {"pingreq", v311, client, pingreq{}, "c000"},
        {"pingresp", v311, server, pingresp{}, "d000"},
        {"disconnect/v311", v311, client, disconnect{}, "e000"},
        {"disconnect/bare/v5", v5, client, disconnect{}, "e000"},
        {"disconnect/with-will/v5", v5, client, disconnect{.code = 4}, "e002 04 00"},
        {"auth/bare/v5", v5, client, auth{}, "f000"},
    };

    connect full{.level = v5, .clean_start = false, .client_id = "c"};
    full.props.session_expiry_interval = 3600;
    full.props.receive_maximum = 10;
    full.props.maximum_packet_size = 512;
    full.props.topic_alias_maximum = 8;
    full.props.request_response_information = 1;
    full.props.request_problem_information = 0;
    full.props.user_properties = {{"k", "v"}};
    full.props.authentication_method = "m";
    full.props.authentication_data = "d";
    full.last_will = will{.topic = "w", .payload = "x"};
    full.last_will->props.will_delay_interval = 5;
    full.last_will->props.payload_format_indicator = 1;
    full.last_will->props.message_expiry_interval = 6;
    full.last_will->props.content_type = "t";
    full.last_will->props.response_topic = "r";
    full.last_will->props.correlation_data = "\0"sv;
    all.push_back({"connect/every-property/v5", v5, client, full,
                   "1050 00044d515454 05 04 0000"
                   "23 1100000e10 1500016d 16000164 1700 1901 21000a 220008 2600016b000176"
                   "2700000200 000163"
                   "18 0101 0200000006 03000174 08000172 09000100 1800000005 000177 000178"});

    connack answer{.session_present = true};
    answer.props.session_expiry_interval = 1;
    answer.props.receive_maximum = 100;
    answer.props.maximum_qos = 1;
    answer.props.retain_available = 1;
    answer.props.maximum_packet_size = 149504;
    answer.props.assigned_client_identifier = "i";
    answer.props.topic_alias_maximum = 8;
    answer.props.reason_string = "r";
    answer.props.wildcard_subscription_available = 1;
    answer.props.subscription_identifier_available = 0;
    answer.props.shared_subscription_available = 1;
    answer.props.server_keep_alive = 30;
    answer.props.response_information = "n";
    answer.props.server_reference = "s";
    all.push_back(
        {"connack/every-property/v5", v5, server, answer,
         "2030 0100"
         "2d 1100000001 12000169 13001e 1a00016e 1c000173 1f000172 210064 220008 2401 2501"
         "2700024800 2801 2900 2a01"});

    publish message{.topic = "", .payload = "x", .level = qos::at_least_once, .id = 1};
    message.props.payload_format_indicator = 1;
    message.props.message_expiry_interval = 2;
    message.props.content_type = "t";
    message.props.response_topic = "r";
    message.props.correlation_data = "c";
    message.props.topic_alias = 8;
    message.props.user_properties = {{"k", "v"}};
    all.push_back({"publish/every-property/v5", v5, client, message,
                   "3223 0000 0001 1d 0101 0200000002 03000174 08000172 09000163 230008"
                   "2600016b000176 78"});

    publish delivered{.topic = "a"};
    delivered.props.subscription_identifiers = {1, 268'435'455};
    all.push_back({"publish/subscription-identifiers/v5", v5, server, delivered,
                   "300b 000161 07 0b01 0bffffff7f"});

    subscribe identified{.id = 1, .filters = {{.filter = "a"}}};
    identified.props.subscription_identifiers = {300};
    all.push_back(
        {"subscribe/identifier/v5", v5, client, identified, "820a 0001 03 0bac02 000161 00"});

    for (auto const type :
         {ack_type::puback, ack_type::pubrec, ack_type::pubrel, ack_type::pubcomp}) {
        ack a{.type = type, .id = 1, .code = 0x92, .props = with_user_property()};
        a.props.reason_string = "r";
        bool const first_half = type == ack_type::puback || type == ack_type::pubrec;
        if (first_half)
            a.code = 0x87;
        static std::vector<std::string> const hex{
            "4016 0001 87 12 1f000172 2600016b000176 2600016b000177",
            "5016 0001 87 12 1f000172 2600016b000176 2600016b000177",
            "6216 0001 92 12 1f000172 2600016b000176 2600016b000177",
            "7016 0001 92 12 1f000172 2600016b000176 2600016b000177"};
        all.push_back({"ack/reason-and-properties/v5", v5, client, a,
                       hex[static_cast<std::size_t>(type) - 4]});
    }
    suback told{.id = 1, .codes = {0x87}, .props = with_user_property()};
    told.props.reason_string = "r";
    all.push_back({"suback/properties/v5", v5, server, told,
                   "9016 0001 12 1f000172 2600016b000176 2600016b000177 87"});
    unsuback gone{.id = 1, .codes = {0}, .props = with_user_property()};
    gone.props.reason_string = "r";
    all.push_back({"unsuback/properties/v5", v5, server, gone,
                   "b016 0001 12 1f000172 2600016b000176 2600016b000177 00"});
    unsubscribe leaving{.id = 1, .filters = {"a"}, .props = with_user_property()};
    all.push_back({"unsubscribe/properties/v5", v5, client, leaving,
                   "a214 0001 0e 2600016b000176 2600016b000177 000161"});
    disconnect bye{.code = 0x8E};
    bye.props.reason_string = "r";
    bye.props.server_reference = "s";
    all.push_back({"disconnect/taken-over/v5", v5, server, bye, "e00a 8e 08 1c000173 1f000172"});
    disconnect expiring{};
    expiring.props.session_expiry_interval = 0;
    all.push_back({"disconnect/expiry/v5", v5, client, expiring, "e007 00 05 1100000000"});
    auth step{.code = 0x18};
    step.props.authentication_method = "m";
    step.props.authentication_data = "d";
    step.props.reason_string = "r";
    all.push_back({"auth/continue/v5", v5, client, step, "f00e 18 0c 1500016d 16000164 1f000172"});
    return all;
}

std::string bytes_of(std::string_view hex) {
    std::string digits;
    for (char c : hex)
        if (c != ' ')
            digits += c;
    return decode_hex(digits).value();
}

} // namespace

TEST_CASE(
    "every packet has the bytes of the specification's figures [MQTT 3.1.1, 5.0, section 3]") {
    for (auto const& r : rows()) {
        CAPTURE(r.id);
        CHECK(encode_hex(encode(r.value, r.level)) == encode_hex(bytes_of(r.hex)));
    }
}

TEST_CASE("the same bytes are read as the same packet") {
    for (auto const& r : rows()) {
        CAPTURE(r.id);
        decoder in(r.role);
        in.set_version(r.level);
        in.append(bytes_of(r.hex));
        auto const got = in.next();
        REQUIRE_MESSAGE(got.has_value(), r.id << ": " << (got ? "" : got.error().message()));
        REQUIRE(got->has_value());
        CHECK(**got == r.value);
        CHECK(in.pending() == 0);
        CHECK(in.level() == r.level);
    }
}

TEST_CASE("remaining length takes one to four bytes [MQTT 3.1.1, table 2.4]") {
    for (std::size_t const size : {0u, 127u, 128u, 16'383u, 16'384u, 2'097'151u, 2'097'152u}) {
        CAPTURE(size);
        std::string const payload(size, 'x');
        packet const p = publish{.topic = "a", .payload = payload};
        auto const bytes = encode(p, v311);
        auto const total = size + 3;
        std::size_t const header = total < 128 ? 1 : total < 16'384 ? 2 : total < 2'097'152 ? 3 : 4;
        CHECK(bytes.size() == 1 + header + total);
        decoder in(client);
        in.append(bytes);
        auto const got = in.next();
        REQUIRE(got.has_value());
        REQUIRE(got->has_value());
        CHECK(**got == p);
    }
}
