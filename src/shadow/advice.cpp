#include "shadow/advice.hpp"

#include <algorithm>
#include <iterator>

namespace cogniot::shadow::advice {

std::string_view explain(std::string_view message) {
    struct row {
        /// How AWS's text begins.
        std::string_view begins;
        std::string_view words;
    };
    static constexpr row rows[]{
        {"No shadow exists", "nobody has updated this shadow yet, or it was deleted: a thing has "
                             "no shadow by itself. Update it once, and mind the shadow's name"},
        {"Unsupported documented encoding", "the payload is not UTF-8: send JSON, uncompressed"},
        {"Invalid JSON", "the payload is no JSON object, or an array in it holds null: a trailing "
                         "comma and single quotes are no JSON"},
        {"Invalid clientToken", "`clientToken` is a text of at most 64 bytes"},
        {"State node must be", "`state` is an object: {\"state\":{\"desired\":{…}}}"},
        {"State contains an invalid", "below `state` stand `desired` and `reported` alone: "
                                      "{\"state\":{\"desired\":{\"power\":\"OFF\"}}}"},
        {"Desired node must be", "`desired` is an object with the names of what is desired, or "
                                 "null, which takes all of it away"},
        {"Reported node must be", "`reported` is an object with the names of what is reported, or "
                                  "null, which takes all of it away"},
        {"Missing required node", "an update is {\"state\":{\"desired\":{…}}}, or `reported`: what "
                                  "is sent stands below `state`"},
        {"Invalid version", "`version` is a whole number, the one that the update expects"},
        {"Version conflict", "the shadow has another version than the update expects: somebody "
                             "changed it first. Get it and try again, or leave `version` out"},
        {"JSON contains too many levels", "each of `desired` and `reported` has more levels than "
                                          "AWS IoT takes: flatten the state"},
        {"The payload exceeds", "`desired` and `reported` together would be larger than AWS IoT "
                                "lets a shadow be (8 KB): keep less in it, or use several named "
                                "shadows"},
        {"Too Many Requests", "more requests for this thing's shadows than AWS IoT takes at a "
                              "time: wait for the answer before the next"},
    };
    auto const known = std::find_if(std::begin(rows), std::end(rows), [&](row const& one) {
        return message.starts_with(one.begins);
    });
    return known == std::end(rows) ? std::string_view() : known->words;
}

} // namespace cogniot::shadow::advice
