#include "cli/client_errors.hpp"
#include "cli/publish_report.hpp"
#include "client/errors.hpp"
#include "json/parse.hpp"
#include "mqtt/codec.hpp"
#include "net/task.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using namespace cogniot::cli;
using client::publish_outcome;

TEST_CASE("exactly the lines that were not acknowledged are told, by reason, in order") {
    publish_report report;
    for (std::uint64_t line = 1; line <= 12; ++line) {
        if (line == 3)
            report.ended(line, {.how = publish_outcome::kind::denied,
                                .why = fail(client::errc::publish_denied),
                                .sends = 2});
        else if (line >= 7 && line != 9)
            report.ended(line, {.how = publish_outcome::kind::unknown,
                                .why = fail(client::errc::deadline_passed),
                                .sends = 1});
        else
            report.ended(line, {.how = publish_outcome::kind::delivered});
    }
    report.unusable(13, fail(json::errc::not_json));
    CHECK(report.delivered() == 6);
    CHECK(report.failed() == 7);
    CHECK(report.failures("line") ==
          std::vector<std::string>{"line 3: denied: publish denied",
                                   "lines 7-8, 10-12: unknown: deadline passed",
                                   "line 13: not sent: not JSON"});
    CHECK(report.code() == exit_code::not_authorised); // the first failure's
}

TEST_CASE("all delivered: nothing to tell, exit code 0") {
    publish_report report;
    report.ended(1, {.how = publish_outcome::kind::delivered});
    CHECK(report.failures("line").empty());
    CHECK(report.code() == exit_code::ok);
}

TEST_CASE("each kind of failure has its exit code") {
    using client::errc;
    for (auto const& [e, code] : {
             std::pair{fail(errc::setting_missing), exit_code::usage},
             std::pair{fail(mqtt::errc::topic_has_wildcard), exit_code::usage},
             std::pair{fail(json::errc::not_json), exit_code::usage},
             std::pair{fail(net::errc::address_not_usable), exit_code::usage},
             std::pair{fail(errc::password_refused), exit_code::sign_in_refused},
             std::pair{fail(errc::challenge_unanswered), exit_code::sign_in_refused},
             std::pair{fail(errc::identity_refused), exit_code::credentials_refused},
             std::pair{fail(errc::backend_credentials_missing), exit_code::credentials_refused},
             std::pair{fail(errc::signature_refused), exit_code::credentials_refused},
             std::pair{fail(errc::clock_skewed), exit_code::credentials_refused},
             std::pair{fail(errc::call_not_authorised), exit_code::not_authorised},
             std::pair{fail(errc::connect_denied), exit_code::not_authorised},
             std::pair{fail(errc::publish_denied), exit_code::not_authorised},
             std::pair{fail(errc::hung_up), exit_code::network},
             std::pair{fail(net::errc::connection_refused), exit_code::network},
             std::pair{fail(net::errc::certificate_not_trusted), exit_code::network},
             std::pair{fail(errc::deadline_passed), exit_code::timed_out},
             std::pair{fail(net::errc::timed_out), exit_code::timed_out},
             std::pair{fail(errc::answer_not_understood), exit_code::failed},
         }) {
        CAPTURE(e.message());
        CHECK(exit_code_of(e) == code);
    }
}
