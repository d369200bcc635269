// Bytes that are no MQTT, as rows: tests/vectors/mqtt/malformed.json says what is wrong and by
// which clause. Each must be refused, with that clause in the detail.
#include "base/text.hpp"
#include "json/parse.hpp"
#include "mqtt/codec.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <string>

using namespace cogniot;
using namespace cogniot::mqtt;

namespace {

boost::json::array rows(char const* file) {
    std::ifstream in(std::string(COGNIOT_VECTORS "/mqtt/") + file);
    REQUIRE(in.good());
    std::string const text{std::istreambuf_iterator<char>(in), {}};
    auto const parsed = json::parse(text);
    REQUIRE_MESSAGE(parsed.has_value(), parsed.error().message());
    return parsed->as_array();
}

std::string bytes_of(std::string_view hex) {
    std::string digits;
    for (char c : hex)
        if (c != ' ')
            digits += c;
    auto const bytes = decode_hex(digits);
    REQUIRE(bytes.has_value());
    return *bytes;
}

version version_of(std::int64_t level) {
    return static_cast<version>(level);
}

} // namespace

TEST_CASE("malformed bytes are refused with their clause [vectors/mqtt/malformed.json]") {
    std::map<std::string, errc> const names{{"malformed_packet", errc::malformed_packet},
                                            {"protocol_error", errc::protocol_error},
                                            {"packet_too_large", errc::packet_too_large},
                                            {"unsupported_version", errc::unsupported_version}};
    for (auto const& each : rows("malformed.json")) {
        auto const& row = each.as_object();
        auto const id = *json::find_string(row, "id");
        CAPTURE(id);
        auto const from = json::find_string(row, "from").value_or("client");
        decoder in(from == "client" ? decoder::role::reads_from_client
                                    : decoder::role::reads_from_server);
        in.set_version(version_of(json::find_integer(row, "version").value()));
        in.append(bytes_of(*json::find_string(row, "bytes")));
        auto const got = in.next();
        REQUIRE_MESSAGE(!got.has_value(), id << " was accepted");
        CHECK(got.error().code ==
              make_error_code(names.at(std::string(*json::find_string(row, "error")))));
        auto const clause = *json::find_string(row, "clause");
        CHECK_MESSAGE(got.error().detail.find(clause) != std::string::npos,
                      id << ": `" << clause << "` is not in `" << got.error().detail << "`");
    }
}
