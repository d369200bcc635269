// The decoder as a stream: any split of the bytes gives the same packets, and memory is bounded.
#include "mqtt/codec.hpp"
#include "support/seeded_random.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace cogniot;
using namespace cogniot::mqtt;

namespace {

/// Packets as text, so that they outlive their bytes.
std::vector<std::string> read_all(decoder& in) {
    std::vector<std::string> out;
    for (;;) {
        auto const next = in.next();
        if (!next) {
            out.push_back("error: " + next.error().message());
            return out;
        }
        if (!*next)
            return out;
        out.push_back(encode(**next, in.level()));
    }
}

std::string conversation(version v) {
    std::string bytes;
    encode(packet{connect{.level = v, .client_id = "c"}}, v, bytes);
    encode(packet{subscribe{.id = 1, .filters = {{.filter = "a/#"}}}}, v, bytes);
    std::string const large(300, 'x');
    encode(packet{publish{.topic = "a/b", .payload = large, .level = qos::at_least_once, .id = 2}},
           v, bytes);
    encode(packet{pingreq{}}, v, bytes);
    encode(packet{disconnect{}}, v, bytes);
    return bytes;
}

} // namespace

TEST_CASE("bytes one by one are the same packets as all at once") {
    for (auto const v : {version::v31, version::v311, version::v5}) {
        auto const bytes = conversation(v);
        decoder whole(decoder::role::reads_from_client);
        whole.append(bytes);
        auto const expected = read_all(whole);
        REQUIRE(expected.size() == 5);

        decoder drops(decoder::role::reads_from_client);
        std::vector<std::string> got;
        for (char byte : bytes) {
            drops.append({&byte, 1});
            for (auto& p : read_all(drops))
                got.push_back(std::move(p));
        }
        CHECK(got == expected);
        CHECK(drops.pending() == 0);
    }
}

TEST_CASE("random splits are the same packets as all at once") {
    test::seeded_random random(7);
    for (int round = 0; round < 200; ++round) {
        auto const bytes = conversation(version::v5);
        decoder in(decoder::role::reads_from_client);
        std::vector<std::string> got;
        for (std::string_view rest = bytes; !rest.empty();) {
            auto const n = std::min<std::size_t>(1 + random_below(random, 90), rest.size());
            in.append(rest.substr(0, n));
            rest.remove_prefix(n);
            if (random_below(random, 2) == 0)
                for (auto& p : read_all(in))
                    got.push_back(std::move(p));
        }
        for (auto& p : read_all(in))
            got.push_back(std::move(p));
        CHECK(got.size() == 5);
    }
}

TEST_CASE("a packet above the limit is refused by its header, before its bytes arrive") {
    decoder in(decoder::role::reads_from_client, 1000);
    in.append("\x30\xe8\x07"); // PUBLISH, remaining length 1000: 1003 bytes in all
    auto const next = in.next();
    REQUIRE(!next.has_value());
    CHECK(next.error().code == make_error_code(errc::packet_too_large));
}

TEST_CASE("after an error the decoder answers only errors") {
    decoder in(decoder::role::reads_from_client);
    in.append(std::string_view("\x00\x00", 2));
    CHECK(!in.next().has_value());
    in.append("\xc0\x00");
    CHECK(!in.next().has_value());
}

TEST_CASE("an empty decoder gives large buffers back") {
    decoder in(decoder::role::reads_from_client);
    std::string const large(100'000, 'x');
    in.append(encode(packet{publish{.topic = "a", .payload = large}}, version::v311));
    REQUIRE(in.next()->has_value());
    in.release();
    CHECK(in.pending() == 0);
    in.append(std::string_view("\xc0\x00", 2));
    auto const next = in.next();
    REQUIRE(next->has_value());
    CHECK(std::holds_alternative<pingreq>(**next));
}
