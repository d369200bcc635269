#include "client/doctor/limits.hpp"
#include "client/errors.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace cogniot;
using namespace cogniot::client;
using namespace cogniot::client::doctor;

TEST_CASE("what AWS IoT refuses whatever policies say is foreseen (spec iot-broker 2.2, 3.1, 7, "
          "8.2)") {
    struct row {
        char const* id;
        asked what;
        verdict how;
        std::string_view says;
        std::string client_id = "c";
    };
    auto const published = [](asked what) {
        what.subscribes = false;
        return what;
    };
    auto const subscribed = [](asked what) {
        what.publishes = false;
        return what;
    };
    using enum verdict;
    std::vector<std::string> const nine{"1", "2", "3", "4", "5", "6", "7", "8", "9"};
    for (auto const& r : {
             row{"nothing", {.topics = {"a/b"}}, passed, "nothing"},
             row{"at the limits",
                 published({.topics = {"a"},
                 .payload_bytes = 131'072,
                 .publishes_per_second = 100,
                 .connects_per_second = 1,
                 .filters_together = 8,
                 .subscriptions = 50}),
                 passed, "nothing"},
             row{"will of QoS 2",
                 {.will = will{"gone", mqtt::qos::exactly_once}},
                 failed,
                 "the will asks for QoS 2"},
             row{"will on a reserved topic", {.will = will{"$SYS/gone"}}, failed, "`$SYS/gone`"},
             row{"retained will on a `$` topic",
                 {.will = will{"$aws/things/t/shadow/update", {}, true}},
                 failed,
                 "nothing can be retained"},
             row{"QoS 2", {.level = mqtt::qos::exactly_once}, failed, "QoS 0 and 1 only"},
             row{"payload",
                 {.payload_bytes = 131'073},
                 failed,
                 "131073 bytes, AWS IoT takes 131072"},
             row{"the payload itself", {.payload = std::string(131'073, 'x')}, failed, "131073"},
             row{"rate", {.publishes_per_second = 101}, failed, "more than 100 messages"},
             row{"reconnects", {.connects_per_second = 2}, failed, "client ID `c` connected more"},
             row{"filters in one packet", {.filters_together = 9}, failed, "has 9 filters"},
             row{"nine topics, perhaps in one packet", subscribed({.topics = nine}), suspected,
                 "if they are asked for in one packet: one SUBSCRIBE has 9"},
             row{"subscriptions", {.subscriptions = 51}, failed, "51 filters on one connection"},
             row{"reserved filter", subscribed({.topics = {"$SYS/#"}}), failed, "`$SYS/#` is"},
             row{"reserved topic", published({.topics = {"$SYS/a"}}), failed, "`$SYS/a` is"},
             row{"reserved for both", {.topics = {"$SYS/a"}}, failed, "`$SYS/a` is"},
             row{"good for one, and it is not said for which",
                 {.topics = {"$aws/things/t/shadow/update/accepted"}},
                 suspected,
                 "to be published to"},
             row{"the same, said to be for both",
                 {.topics = {"$aws/things/t/shadow/update/accepted"}, .is_for_both = true},
                 failed,
                 "is reserved"},
             row{"retained on a `$` topic",
                 published({.topics = {"$aws/things/t/shadow/update"}, .retains = true}), failed,
                 "without the RETAIN flag"},
             row{"too deep", published({.topics = {"a/b/c/d/e/f/g/h/i"}}), failed, "slashes"},
             row{"too long", published({.topics = {std::string(257, 't')}}), failed, "257 bytes"},
             row{"a will that is too deep",
                 {.will = will{.topic = "a/b/c/d/e/f/g/h/i"}},
                 failed,
                 "8 slashes"},
             row{"wildcards", subscribed({.topics = {"a/#"}}), suspected, "does not match `a`"},
             row{"wildcards to publish to", published({.topics = {"a/#"}}), failed, "`a/#`"},
             row{"no client ID, MQTT 5",
                 {.version = mqtt::version::v5, .has_no_client_id = true},
                 suspected,
                 "0x85"},
             row{"no client ID, and the session is to last",
                 {.has_no_client_id = true},
                 failed,
                 "the client ID is empty"},
             row{"no client ID, clean session",
                 {.clean_session = true, .has_no_client_id = true},
                 passed,
                 "nothing"},
             row{"client ID with $", {}, failed, "begins with `$`", "$c"},
             row{"client ID too long", {}, failed, "129 bytes", std::string(129, 'c')},
         }) {
        CAPTURE(r.id);
        auto const found = check_limits(r.what, r.client_id);
        auto const fits = std::any_of(found.begin(), found.end(), [&](finding const& f) {
            return f.step == step::limits && f.how == r.how &&
                   f.says.find(r.says) != std::string::npos &&
                   (f.how == passed || !f.remedy.empty());
        });
        CAPTURE(found.front().says);
        CHECK(fits);
        if (r.how != failed)
            CHECK(std::none_of(found.begin(), found.end(),
                               [](finding const& f) { return f.how == verdict::failed; }));
    }
}
