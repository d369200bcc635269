#include "base/text.hpp"
#include "client/doctor/examination.hpp"
#include "client/doctor/report.hpp"
#include "client/errors.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <array>
#include <set>

using namespace cogniot;
using namespace cogniot::client;
using namespace cogniot::client::doctor;

TEST_CASE("the first step that failed is the cause, whatever follows from it") {
    report r;
    r.add(passed(step::configuration, "fine"));
    r.add({.step = step::role, .how = verdict::not_permitted, .permission = "iam:GetRole"});
    r.add(failed(step::iot_policies, fail(errc::connect_denied, "none attached"), "attach one"));
    r.add(failed(step::connect, fail(errc::connect_denied, "hung up"), "see above"));
    REQUIRE(r.cause() != nullptr);
    CHECK(r.cause()->step == step::iot_policies);
    CHECK(r.conclusion() == "iot-policies: none attached");
    auto const json = print_json(r);
    CHECK(json.at("ok") == false);
    CHECK(json.at("cause") == "iot-policies");
    CHECK(json.at("do") == "attach one");
    CHECK(json.at("steps").as_array().size() == 4);
    CHECK(json.at("missing_permissions").as_array().size() == 1);
}

TEST_CASE("where only the real connection failed, the log is quoted") {
    report r;
    r.add(failed(step::connect, fail(errc::connect_denied, "hung up"), "read the log"));
    r.add({.step = step::log, .says = "1 entry", .details = {"reason AUTHORIZATION_FAILURE"}});
    CHECK(r.conclusion() == "connect: hung up; AWSIotLogsV2: reason AUTHORIZATION_FAILURE");
}

TEST_CASE("what could not be looked at is told even when nothing failed") {
    report r;
    for (auto const s : {step::role_policies, step::trust})
        r.add({.step = s, .how = verdict::not_permitted, .permission = "iam:GetRole"});
    CHECK(r.cause() == nullptr);
    CHECK(r.missing_permissions() == std::vector<std::string>{"iam:GetRole"});
    CHECK(r.conclusion().find("without a real connection") != std::string::npos);
    CHECK(r.conclusion().find("iam:GetRole") != std::string::npos);
    r.add(passed(step::connect, "accepted"));
    CHECK(r.conclusion().starts_with("nothing is wrong: the user connects"));
}

TEST_CASE("credentials that were refused lack no permission: that is told instead, once") {
    report r;
    for (auto const s : {step::role_policies, step::trust})
        r.add({.step = s,
               .how = verdict::not_available,
               .says = "the backend's credentials were refused: InvalidSignatureException",
               .has_bad_credentials = true});
    r.add(passed(step::connect, "accepted"));
    CHECK(r.missing_permissions().empty());
    CHECK(r.conclusion() ==
          "nothing is wrong: the user connects; not everything could be looked at, the backend's "
          "credentials were refused: InvalidSignatureException");
    CHECK(print_json(r).at("missing_permissions").as_array().empty());
}

TEST_CASE("what was neither judged nor tried is not said to be right") {
    report r;
    r.expect({"iot:Publish", "iot:Subscribe"});
    r.add(skipped(step::permission, "no policies were seen"));
    r.add(passed(step::connect, "accepted"));
    r.add(skipped(step::publish, "no payload"));
    CHECK(r.conclusion() ==
          "the user connects; iot:Publish and iot:Subscribe on what was asked was "
          "neither judged nor tried");
    r.add(passed(step::subscribe, "SUBACK came"));
    CHECK(r.conclusion().starts_with("the user connects; iot:Publish on what was asked was"));
    auto judged = passed(step::permission, "allowed");
    judged.action = "iot:Publish";
    r.add(judged);
    CHECK(r.conclusion() == "nothing is wrong: the user connects");
    judged.how = verdict::not_available;
    r.add(judged);
    CHECK(r.conclusion().starts_with("the user connects; iot:Publish"));
}

TEST_CASE("a report is UTF-8 whatever was quoted") {
    report r;
    auto f = passed(step::permission, "`al\xff`");
    f.resource = "client/\xff";
    f.details.emplace_back("\xfe");
    r.add(f);
    auto const text = boost::json::serialize(print_json(r));
    CHECK(is_utf8(text));
    CHECK(text.find(R"(`al\\xff`)") != std::string::npos);
}

TEST_CASE("a denial that the broker refuted is no cause") {
    report r;
    auto const denied = [](step s, std::string action, std::string resource) {
        auto f = failed(s, fail(errc::connect_denied, "denied"), "change the policy");
        f.action = std::move(action);
        f.resource = std::move(resource);
        return f;
    };
    r.add(denied(step::permission, "iot:Connect", "client/c"));
    r.add(denied(step::permission, "iot:Publish", "topic/a"));
    r.add(denied(step::aws_answers, "iot:Connect", "client/c"));
    CHECK_FALSE(r.refute("iot:Publish", "topic/b"));
    CHECK(r.refute("iot:Connect", "client/c"));
    REQUIRE(r.cause() != nullptr);
    CHECK(r.cause()->action == "iot:Publish");
    CHECK(r.refute("iot:Publish", "topic/a"));
    CHECK(r.cause() == nullptr);
    CHECK(print_json(r).at("ok") == true);
}

TEST_CASE("what is suspected is named and is no cause") {
    report r;
    r.add(passed(step::connect, "accepted"));
    r.add(suspected(step::history, "a handshake was refused", "judge the URL"));
    CHECK(r.cause() == nullptr);
    CHECK(r.conclusion() ==
          "nothing is wrong: the user connects; suspected: a handshake was refused");
    auto const json = print_json(r);
    CHECK(json.at("ok") == true);
    CHECK(json.at("suspects").as_array().size() == 1);
    CHECK(json.at("steps").as_array().at(1).at("result") == "suspected");
}

TEST_CASE("secrets are hidden wherever a server quotes them") {
    finding f{.says = "the token eyJabc was refused, eyJabc",
              .remedy = "not pass5word",
              .details = {"x-amz-security-token:IQoJb3"}};
    std::array const secrets{secret("eyJabc"), secret("pass5word"), secret("IQoJb3"), secret("")};
    hide(f, secrets);
    CHECK(f.says == "the token *** was refused, ***");
    CHECK(f.remedy == "not ***");
    CHECK(f.details.front() == "x-amz-security-token:***");
}

TEST_CASE("a secret is hidden where it was cut, and as a URL has it") {
    std::array const secrets{secret("IQoJ/secret+token/abcdefgh==")};
    for (auto const* const told :
         {"IQoJ/secret+token/ab", "IQoJ%2Fsecret%2Btoken%2Fabcdefgh%3D%3D",
          "IQoJ%2fsecret%2btoken%2fabcdefgh%3d%3d", "IQoJ%252Fsecret%252Btoken%252Fabcd"}) {
        CAPTURE(told);
        finding f{.step = step::url, .says = "server said " + std::string(told)};
        hide(f, secrets);
        CHECK(f.says == "server said ***");
    }
}

TEST_CASE("settings that cannot be used are the first step's failure, and nothing else is tried") {
    auto const r = report_unusable_settings(fail(errc::setting_missing, "`--region` is not set"));
    REQUIRE(r.cause() != nullptr);
    CHECK(r.cause()->step == step::configuration);
    CHECK(r.cause()->code == make_error_code(errc::setting_missing));
    std::set<std::string_view> names;
    for (auto const& f : r.findings())
        names.insert(name_of(f.step));
    CHECK(names.size() == r.findings().size()); // each step once, each with its own name
    CHECK(names.contains("log"));
}
