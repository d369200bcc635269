#include "shadow/topic.hpp"

#include <doctest/doctest.h>

#include <string>

namespace cogniot::shadow {

TEST_CASE(
    "request topics name thing, shadow and operation (AWS IoT developer guide, Shadow topics)") {
    struct row {
        std::string topic;
        shadow_id of;
        operation what;
    };
    for (auto const& r : {row{"$aws/things/lamp/shadow/update", {"lamp"}, operation::update},
                          row{"$aws/things/lamp/shadow/get", {"lamp"}, operation::get},
                          row{"$aws/things/lamp/shadow/delete", {"lamp"}, operation::remove},
                          row{"$aws/things/a:b_c-1/shadow/name/$package/get",
                              {"a:b_c-1", "$package"},
                              operation::get},
                          row{"$aws/things/shadow/shadow/name/name/update",
                              {"shadow", "name"},
                              operation::update}}) {
        CAPTURE(r.topic);
        auto const found = parse_request_topic(r.topic);
        REQUIRE(found);
        CHECK(found->of == r.of);
        CHECK(found->what == r.what);
        CHECK(parse_record_key(record_key(r.of)) == r.of);
        CHECK(r.topic.starts_with(topic_prefix(r.of) + "/"));
    }
}

TEST_CASE("other topics ask nothing") {
    for (std::string topic : {"$aws/things/lamp/shadow/update/accepted",
                              "$aws/things/lamp/shadow/update/delta", "$aws/things//shadow/update",
                              "$aws/things/a b/shadow/update", "aws/things/lamp/shadow/get",
                              "$aws/things/lamp/shadow/Update", "$aws/things/lamp/shadow/S/update",
                              "$aws/things/lamp/shadow/name//get", "$aws/things/lamp/jobs/get",
                              "$aws/things/lamp/shadow", "$aws/things/lamp/shadow/name/cfg"}) {
        CAPTURE(topic);
        CHECK_FALSE(parse_request_topic(topic));
    }
    CHECK_FALSE(parse_request_topic("$aws/things/" + std::string(129, 't') + "/shadow/get"));
    CHECK_FALSE(parse_request_topic("$aws/things/t/shadow/name/" + std::string(65, 's') + "/get"));
}

TEST_CASE("a named shadow is spoken of as thing~shadow") {
    CHECK(spoken_name({"T", "S"}) == "T~S");
    CHECK(spoken_name({"T"}) == "T");
}

} // namespace cogniot::shadow
