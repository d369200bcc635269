// The three wire forms: from HTTP to an operation's input, and from its output to HTTP.
// Rows follow Smithy 2.0's protocol pages (awsJson1_1, awsQuery, restJson1) and botocore's
// serializers.
#include "json/parse.hpp"
#include "local/wire.hpp"
#include "local/wire_json.hpp"
#include "local/wire_query.hpp"
#include "local/wire_rest.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

namespace cogniot::local {
namespace {

using boost::json::array;
using boost::json::object;

cloud::outcome<object> nothing(cloud::call&, object const&) {
    return object{};
}

constexpr std::array<cloud::header_member, 1> principal_header{
    cloud::header_member{"x-amzn-iot-principal", "principal"}};

std::array const json_rows{
    cloud::operation{.name = "Make", .run = nothing},
    cloud::operation{.name = "Drop", .run = nothing, .empty_answer = true},
};
std::array const query_rows{
    cloud::operation{.name = "CreateThing", .run = nothing},
    cloud::operation{.name = "DropThing", .run = nothing, .empty_answer = true},
};
std::array const rest_rows{
    cloud::operation{.name = "GetVersion",
                     .run = nothing,
                     .method = "GET",
                     .path = "/policies/{policyName}/version"},
    cloud::operation{.name = "ListAttached",
                     .run = nothing,
                     .method = "POST",
                     .path = "/attached-policies/{target}"},
    cloud::operation{.name = "Attach",
                     .run = nothing,
                     .empty_answer = true,
                     .method = "PUT",
                     .path = "/principal-policies/{policyName}",
                     .headers = principal_header},
    cloud::operation{.name = "ByName", .run = nothing, .method = "GET", .path = "/things/{name}"},
    cloud::operation{.name = "Special", .run = nothing, .method = "GET", .path = "/things/special"},
    cloud::operation{.name = "Update",
                     .run = nothing,
                     .method = "POST",
                     .path = "/things/{name}/shadow",
                     .payload_member = "payload"},
    cloud::operation{
        .name = "Publish", .run = nothing, .method = "POST", .path = "/topics/{topic+}"},
};
constexpr std::array<std::string_view, 1> later{"Later"};
constexpr std::array later_routes{cloud::route{"Later", "GET", "/later/{x}"}};

cloud::service const json_service{.name = "svc",
                                  .form = cloud::wire::json_1_1,
                                  .target_prefix = "Service_1",
                                  .operations = json_rows,
                                  .not_built = later,
                                  .validation_error = "V"};
cloud::service const query_service{.name = "iam",
                                   .form = cloud::wire::query_xml,
                                   .api_version = "2010-05-08",
                                   .xml_namespace = "https://iam.amazonaws.com/doc/2010-05-08/",
                                   .operations = query_rows,
                                   .not_built = later,
                                   .validation_error = "V"};
cloud::service const rest_service{.name = "iotdata",
                                  .form = cloud::wire::rest_json,
                                  .operations = rest_rows,
                                  .not_built = {},
                                  .validation_error = "V",
                                  .not_built_routes = later_routes};

net::http_request request(std::string method, std::string target, std::string body = {}) {
    net::http_request made;
    made.method = std::move(method);
    made.target = std::move(target);
    made.body = std::move(body);
    return made;
}

net::http_request json_request(std::string operation, std::string body) {
    auto made = request("POST", "/", std::move(body));
    made.headers.add("X-Amz-Target", "Service_1." + operation);
    return made;
}

net::http_request form_request(std::string body) {
    auto made = request("POST", "/", std::move(body));
    made.headers.add("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    return made;
}

std::string text(boost::json::value const& v) {
    return boost::json::serialize(v);
}

object parsed(std::string const& json_text) {
    auto made = json::parse_object(json_text);
    REQUIRE(made.has_value());
    return *made;
}

} // namespace

TEST_CASE("JSON 1.1: target and body become an operation and its input") {
    auto got = read_json(json_service, json_request("Make", R"({"A":1,"B":{"c":[true,null]}})"));
    REQUIRE(got.has_value());
    CHECK(got->operation->name == "Make");
    CHECK(text(got->input) == R"({"A":1,"B":{"c":[true,null]}})");
    CHECK(read_json(json_service, json_request("Make", ""))->input.empty());
}

TEST_CASE("JSON 1.1: what cannot be read is refused with AWS's error names") {
    struct row {
        std::string operation, body, code;
        int status;
    };
    for (auto const& r : {row{"Nope", "{}", "UnknownOperationException", 400},
                          row{"Later", "{}", "NotImplemented", 501},
                          row{"Make", "{", "SerializationException", 400},
                          row{"Make", "[1]", "SerializationException", 400},
                          row{"Make", "{\"a\":\"\xff\"}", "SerializationException", 400},
                          row{"Make", R"({"a":1,})", "SerializationException", 400}}) {
        CAPTURE(r.body);
        auto const got = read_json(json_service, json_request(r.operation, r.body));
        REQUIRE_FALSE(got.has_value());
        CHECK(got.error().code == r.code);
        CHECK(got.error().status == r.status);
    }
    auto const named = read_json(json_service, json_request("Later", "{}"));
    CHECK(named.error().message.find("svc:Later") != std::string::npos);
    auto const comma = read_json(json_service, json_request("Make", "{\n \"a\": 1,\n}"));
    CHECK(comma.error().message.find("line 3") != std::string::npos);
}

TEST_CASE("JSON 1.1: answers and errors carry what each SDK looks for") {
    auto const made = write_json(json_rows[0], {{"IdentityId", "x"}});
    CHECK(made.status == 200);
    CHECK(made.headers.find("content-type") == "application/x-amz-json-1.1");
    CHECK(made.body == R"({"IdentityId":"x"})");
    CHECK(write_json(json_rows[0], {}).body == "{}");
    CHECK(write_json(json_rows[1], {}).body.empty());

    auto const refused =
        write_json_error({"NotAuthorizedException", 400, "Incorrect username or password."});
    CHECK(refused.status == 400);
    CHECK(refused.headers.find("x-amzn-errortype") == "NotAuthorizedException:");
    CHECK(refused.headers.find("x-amzn-errormessage") == "Incorrect username or password.");
    CHECK(refused.body ==
          R"({"__type":"NotAuthorizedException","message":"Incorrect username or password."})");
    // A message that quotes foreign bytes stays out of the header.
    CHECK_FALSE(
        write_json_error({"X", 400, "a\r\nSet-Cookie: b"}).headers.find("x-amzn-errormessage"));
}

TEST_CASE("query: lists, structures and maps are put together again") {
    struct row {
        std::string form, json;
    };
    for (auto const& r : {
             row{"RoleName=r&Path=%2Fa%2F", R"({"RoleName":"r","Path":"/a/"})"},
             row{"Doc=%7B%22a%22%3A+1%7D", R"({"Doc":"{\"a\": 1}"})"},
             row{"N.member.1=a&N.member.2=b", R"({"N":["a","b"]})"},
             row{"N.member.2=b&N.member.10=c&N.member.1=a", R"({"N":["a","b","c"]})"},
             row{"T.member.1.Key=k&T.member.1.Value=v&T.member.2.Key=k2&T.member.2.Value=",
                 R"({"T":[{"Key":"k","Value":"v"},{"Key":"k2","Value":""}]})"},
             row{"M.entry.1.key=a&M.entry.1.value=1&M.entry.2.key=b&M.entry.2.value=2",
                 R"({"M":{"a":"1","b":"2"}})"},
             row{"P.Inner.Deep=x", R"({"P":{"Inner":{"Deep":"x"}}})"},
             row{"Empty=", R"({"Empty":""})"},
             row{"NoEquals", R"({"NoEquals":""})"},
         }) {
        CAPTURE(r.form);
        auto const got = read_query(
            query_service, form_request("Action=CreateThing&Version=2010-05-08&" + r.form));
        REQUIRE(got.has_value());
        CHECK(got->input == parsed(r.json));
    }
}

TEST_CASE("query: a GET with the same parameters is as good, its signature is no input") {
    auto const got = read_query(
        query_service, request("GET", "/?Action=CreateThing&Version=2010-05-08&RoleName=a%20b"
                                      "&X-Amz-Signature=00&X-Amz-Date=20260102T030405Z"));
    REQUIRE(got.has_value());
    CHECK(text(got->input) == R"({"RoleName":"a b"})");
}

TEST_CASE("query: unknown, unbuilt and missing actions, and a broken escape") {
    auto const unknown = read_query(query_service, form_request("Action=Nope&Version=2010-05-08"));
    CHECK(unknown.error().code == "InvalidAction");
    CHECK(unknown.error().message == "Could not find operation Nope for version 2010-05-08");
    CHECK(read_query(query_service, form_request("Action=Later")).error().status == 501);
    CHECK_FALSE(read_query(query_service, form_request("RoleName=r")).has_value());
    CHECK_FALSE(find_form(form_request("Action=CreateThing&A=%zz")).has_value());
    auto json_body = form_request("{}");
    CHECK_FALSE(find_form(json_body).has_value());
}

TEST_CASE(
    "query and REST-JSON: names and values are UTF-8 wherever they travel (Smithy 2.0, string)") {
    for (auto const* field : {"PathPrefix=%ff", "%ff=a", "Path=a%ED%A0%80"}) {
        auto const got =
            read_query(query_service, form_request("Action=CreateThing&" + std::string(field)));
        REQUIRE_FALSE(got.has_value());
        CHECK(got.error().code == "MalformedQueryString");
    }
    auto with_header = request("PUT", "/principal-policies/p");
    with_header.headers.add("x-amzn-iot-principal", "\xff");
    for (auto const& bad :
         {request("GET", "/things/a%ff"), request("POST", "/topics/a/%ff"),
          request("POST", "/topics/a?qos=%ff"), request("POST", "/topics/a?%ff=1"), with_header}) {
        auto const got = read_rest(rest_service, bad);
        REQUIRE_FALSE(got.has_value());
        CHECK(got.error().code == "InvalidRequestException");
        CHECK(got.error().message.find("UTF-8") != std::string::npos);
    }
    // A payload is bytes.
    CHECK(read_rest(rest_service, request("POST", "/things/a/shadow", "\xff")).has_value());
}

TEST_CASE("query: a thousand levels of names are not followed") {
    std::string deep = "A";
    for (int i = 0; i < 1000; ++i)
        deep += ".a";
    auto const got =
        read_query(query_service, form_request("Action=CreateThing&" + deep + "=1&B=2"));
    REQUIRE(got.has_value());
    CHECK(text(got->input) == R"({"B":"2"})");
}

TEST_CASE("query: more fields than any operation takes are refused") {
    std::string many = "Action=CreateThing";
    for (int i = 0; i < 5000; ++i)
        many += "&a" + std::to_string(i) + "=";
    CHECK_FALSE(find_form(form_request(many)).has_value());
}

TEST_CASE("query: XML as IAM writes it (spec cognito-iam-sigv4 1.3)") {
    auto const made = write_query(query_service, query_rows[0],
                                  {{"Role", object{{"Name", "a<b>&\"c\""},
                                                   {"Tags", array{object{{"Key", "k"}}}},
                                                   {"Max", 3600},
                                                   {"On", true},
                                                   {"Gone", nullptr}}},
                                   {"Names", array{"x", "y"}}},
                                  "ID");
    CHECK(made.headers.find("content-type") == "text/xml");
    CHECK(made.body ==
          "<CreateThingResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\n"
          "  <CreateThingResult><Role><Name>a&lt;b&gt;&amp;\"c\"</Name><Tags><member><Key>k</Key>"
          "</member></Tags><Max>3600</Max><On>true</On></Role>"
          "<Names><member>x</member><member>y</member></Names></CreateThingResult>\n"
          "  <ResponseMetadata>\n    <RequestId>ID</RequestId>\n  </ResponseMetadata>\n"
          "</CreateThingResponse>\n");
    auto const empty = write_query(query_service, query_rows[1], {}, "ID");
    CHECK(empty.body.find("Result") == std::string::npos);
    CHECK(empty.body.find("<RequestId>ID</RequestId>") != std::string::npos);

    auto const refused = write_query_error(query_service.xml_namespace,
                                           {"NoSuchEntity", 404, "The role `\x01` & more"}, "ID");
    CHECK(refused.status == 404);
    CHECK(refused.body.find("<Type>Sender</Type>") != std::string::npos);
    CHECK(refused.body.find("<Code>NoSuchEntity</Code>") != std::string::npos);
    CHECK(refused.body.find('\x01') == std::string::npos);
    CHECK(write_query_error("n", {"ServiceFailure", 500, ""}, "ID").body.find("Receiver") !=
          std::string::npos);
}

TEST_CASE("REST-JSON: labels are decoded once and never split at %2F") {
    struct row {
        std::string method, target, operation, json;
    };
    for (auto const& r : {
             row{"GET", "/policies/p/version", "GetVersion", R"({"policyName":"p"})"},
             row{"POST", "/attached-policies/ap-northeast-1%3Aaaaa?recursive=true&pageSize=10",
                 "ListAttached",
                 R"({"target":"ap-northeast-1:aaaa","recursive":"true","pageSize":"10"})"},
             row{"POST", "/attached-policies/arn%3Aaws%3Aiot%3Ar%3Aa%3Acert%2Fabc", "ListAttached",
                 R"({"target":"arn:aws:iot:r:a:cert/abc"})"},
             row{"POST", "/attached-policies/a%252Fb", "ListAttached", R"({"target":"a%2Fb"})"},
             row{"GET", "/things/special", "Special", "{}"},
             row{"GET", "/things/other", "ByName", R"({"name":"other"})"},
             row{"POST", "/topics/a%2Fb", "Publish", R"({"topic":"a/b"})"},
             row{"POST", "/topics/a/b", "Publish", R"({"topic":"a/b"})"},
         }) {
        CAPTURE(r.target);
        auto const got = read_rest(rest_service, request(r.method, r.target));
        REQUIRE(got.has_value());
        CHECK(got->operation->name == r.operation);
        CHECK(got->input == parsed(r.json));
    }
}

TEST_CASE("REST-JSON: headers, bodies and raw payloads find their members") {
    auto with_header = request("PUT", "/principal-policies/p");
    with_header.headers.add("X-Amzn-Iot-Principal", "id");
    CHECK(text(read_rest(rest_service, with_header)->input) ==
          R"({"principal":"id","policyName":"p"})");
    // The query string is no place for it.
    CHECK(text(read_rest(rest_service, request("PUT", "/principal-policies/p?principal=id&a=1"))
                   ->input) == R"({"a":"1","policyName":"p"})");
    CHECK(text(read_rest(rest_service, request("POST", "/attached-policies/t", R"({"a":[1]})"))
                   ->input) == R"({"a":[1],"target":"t"})");
    CHECK(text(read_rest(rest_service,
                         request("POST", "/attached-policies/t?a=2&target=x&b=3", R"({"a":1})"))
                   ->input) == R"({"a":1,"target":"t","b":"3"})");
    CHECK(
        text(read_rest(rest_service, request("POST", "/things/t/shadow?name=n", "raw {"))->input) ==
        R"({"payload":"raw {","name":"t"})");
}

TEST_CASE("REST-JSON: what fits no operation") {
    struct row {
        std::string method, target, body, code;
        int status;
    };
    for (auto const& r :
         {row{"GET", "/nowhere", "", "UnknownOperationException", 404},
          row{"GET", "/policies//version", "", "UnknownOperationException", 404},
          row{"GET", "/policies/%zz/version", "", "UnknownOperationException", 404},
          row{"DELETE", "/things/t/shadow", "", "MethodNotAllowedException", 405},
          row{"GET", "/later/1", "", "NotImplemented", 501},
          row{"POST", "/attached-policies/t", "{", "InvalidRequestException", 400},
          row{"POST", "/attached-policies/t?a=%z", "", "InvalidRequestException", 400}}) {
        CAPTURE(r.target);
        auto const got = read_rest(rest_service, request(r.method, r.target, r.body));
        REQUIRE_FALSE(got.has_value());
        CHECK(got.error().code == r.code);
        CHECK(got.error().status == r.status);
    }
}

TEST_CASE(
    "REST-JSON: errors say their name in the header, with AWS's colon, and trace themselves") {
    auto const refused = write_rest_error(
        {"ResourceAlreadyExistsException", 409, "exists", {{"resourceArn", "arn:x"}}}, "ID");
    CHECK(refused.status == 409);
    CHECK(refused.headers.find("x-amzn-errortype") == "ResourceAlreadyExistsException:");
    CHECK(refused.body == R"({"message":"exists","resourceArn":"arn:x","traceId":"ID"})");
    CHECK(write_rest(rest_rows[2], {}).body.empty());
    CHECK(write_rest(rest_rows[5], {{"payload", "{raw"}}).body == "{raw");
}

TEST_CASE("every answer shows the local cloud's own clock and request ID; Cognito's also CORS") {
    auto const now = utc_time(std::chrono::seconds(1767323045));
    static cloud::service const idp{.name = "cognito-idp",
                                    .form = cloud::wire::json_1_1,
                                    .operations = {},
                                    .not_built = {},
                                    .validation_error = ""};
    net::http_response made;
    add_common_headers(made, {cloud::wire::json_1_1, &idp, "ID"}, now);
    CHECK(made.headers.find("date") == "Fri, 02 Jan 2026 03:04:05 GMT");
    CHECK(made.headers.find("x-amzn-requestid") == "ID");
    CHECK(made.headers.find("access-control-allow-origin") == "*");
    net::http_response iot;
    add_common_headers(iot, {cloud::wire::rest_json, &rest_service, "ID"}, now);
    CHECK_FALSE(iot.headers.find("access-control-allow-origin").has_value());
}

TEST_CASE("a browser's preflight is answered with every header its SDKs send") {
    auto asked = request("OPTIONS", "/");
    CHECK_FALSE(is_preflight(asked));
    asked.headers.add("Access-Control-Request-Method", "POST");
    CHECK(is_preflight(asked));
    auto const made = answer_preflight(utc_time{});
    auto const allowed =
        std::string(made.headers.find("access-control-allow-headers").value_or(""));
    for (auto const* name : {"content-type", "x-amz-target", "x-amz-user-agent", "cache-control",
                             "authorization", "x-amz-security-token"})
        CHECK(allowed.find(name) != std::string::npos);
}

} // namespace cogniot::local
