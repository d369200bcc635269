// Certificates, what is attached to them, who a TLS connection is, and what its policies can ask.
// @source spec cognito-iam-sigv4 7.2; iot-broker 1.5, 1.7, 3.5, 4.1, 4.4; AWS IoT API reference
#include "base/text.hpp"
#include "cloud/iot/connection_facts.hpp"
#include "cloud/iot/description.hpp"
#include "cloud/iot/device.hpp"
#include "crypto/device_certificate.hpp"
#include "crypto/digest.hpp"
#include "unit/cloud/cloud_fixture.hpp"
#include "unit/cloud/documents.hpp"

#include <algorithm>

using namespace cogniot;
using namespace cogniot::test;

namespace {

std::string const no_certificate_id(64, '0');
constexpr std::string_view identity_id = "ap-northeast-1:aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";

/// The bytes between a PEM text's lines.
std::string der_of(std::string_view pem) {
    auto const from = pem.find('\n') + 1;
    std::string digits(pem.substr(from, pem.find("-----END") - from));
    std::erase(digits, '\n');
    return decode_base64(digits).value();
}

struct iot_fixture : cloud_fixture {
    json::object ok(std::string_view operation, json::object const& input) {
        return cloud_fixture::ok("iot", operation, input);
    }
    std::string refusal(std::string_view operation, json::object const& input) {
        return cloud_fixture::refusal("iot", operation, input);
    }
    json::object create(std::string_view active = "true") {
        return ok("CreateKeysAndCertificate", {{"setAsActive", active}});
    }
    std::string update(std::string_view id, std::string_view status) {
        return refusal("UpdateCertificate", {{"certificateId", id}, {"newStatus", status}});
    }
    json::object describe(std::string_view id) {
        return ok("DescribeCertificate", {{"certificateId", id}})
            .at("certificateDescription")
            .as_object();
    }
    cloud::iot::device_check check(std::string_view pem) const {
        return cloud::iot::check_device(world, region, pem.empty() ? "" : der_of(pem), now);
    }
    policy::context facts(std::string_view principal, std::string_view client_id) const {
        policy::context out;
        cloud::iot::add_connection_facts(world.iot.find(region), principal, client_id, out);
        return out;
    }
};

std::string value_of(policy::context const& facts, std::string_view key) {
    return std::string(facts.find_single(key).value_or("(absent)"));
}

} // namespace

TEST_CASE("CreateKeysAndCertificate answers a pair whose ID is the SHA-256 of its DER form") {
    iot_fixture f;
    auto const made = f.create();
    auto const id = text(made, "certificateId");
    CHECK(id == encode_hex(crypto::sha256(der_of(text(made, "certificatePem"))).view()));
    CHECK(text(made, "certificateArn") == "arn:aws:iot:ap-northeast-1:123456789012:cert/" + id);
    auto const& keys = made.at("keyPair").as_object();
    CHECK(text(keys, "PublicKey").starts_with("-----BEGIN PUBLIC KEY-----\n"));
    CHECK(text(keys, "PrivateKey").starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
    CHECK(crypto::is_pair({text(made, "certificatePem"), text(keys, "PrivateKey")}));

    auto const told = f.describe(id);
    CHECK(text(told, "status") == "ACTIVE");
    CHECK(text(told, "ownedBy") == account_id);
    CHECK(text(told, "certificateMode") == "DEFAULT");
    CHECK(told.at("customerVersion").to_number<int>() == 1);
    CHECK(told.at("creationDate").to_number<std::int64_t>() == epoch_seconds(f.now));
    CHECK(told.at("validity").at("notAfter").to_number<std::int64_t>() == 2524607999);
    CHECK(text(f.describe(text(f.create("false"), "certificateId")), "status") == "INACTIVE");
}

TEST_CASE("the private key is kept nowhere") {
    iot_fixture f;
    auto const made = f.create();
    auto const key = text(made.at("keyPair").as_object(), "PrivateKey").substr(60, 60);
    auto const again = f.restarted();
    for (auto const& [id, one] : again.iot.find(f.region)->certificates)
        CHECK(cloud::iot::print_record(one).value->find(key) == std::string::npos);
}

TEST_CASE("certificates are refused with AWS's types, statuses and sentences") {
    iot_fixture f;
    auto const made = f.create();
    auto const id = text(made, "certificateId");
    auto const arn = text(made, "certificateArn");
    f.ok("CreatePolicy",
         {{"policyName", "P"}, {"policyDocument", one_statement("Allow", "iot:*")}});
    f.ok("CreateThing", {{"thingName", "t"}});
    json::object const just_id{{"certificateId", id}};

    CHECK(
        f.refusal("RegisterCertificateWithoutCA",
                  {{"certificatePem", text(made, "certificatePem")}}) ==
        "ResourceAlreadyExistsException 409 The certificate is already provisioned or registered");
    CHECK(f.refusal("RegisterCertificateWithoutCA", {{"certificatePem", "no certificate"}})
              .starts_with("CertificateValidationException 400 The certificate is invalid"));
    CHECK(f.refusal("CreateCertificateFromCsr", {{"certificateSigningRequest", "no request"}})
              .starts_with("InvalidRequestException 400 The certificate signing request cannot"));
    CHECK(f.refusal("DescribeCertificate", {{"certificateId", no_certificate_id}})
              .starts_with("ResourceNotFoundException 404"));
    CHECK(f.refusal("DescribeCertificate", {{"certificateId", "short"}})
              .starts_with("InvalidRequestException 400"));
    CHECK(f.update(id, "PENDING_TRANSFER").starts_with("CertificateStateException 406"));
    CHECK(f.update(id, "ASLEEP").starts_with("InvalidRequestException 400"));
    CHECK(f.refusal("AttachPolicy", {{"policyName", "P"}, {"target", arn + "0"}}) ==
          "ResourceNotFoundException 404 The certificate given in the principal does not exist.");

    CHECK(f.refusal("DeleteCertificate", just_id) ==
          "CertificateStateException 406 Certificate must be deactivated (not ACTIVE) before "
          "deletion. Id: " +
              id);
    CHECK(f.update(id, "INACTIVE") == "ok");
    f.ok("AttachThingPrincipal", {{"thingName", "t"}, {"principal", arn}});
    CHECK(f.refusal("DeleteThing", {{"thingName", "t"}}) ==
          "InvalidRequestException 400 Cannot delete. Thing t is still attached to one or more "
          "principals");
    CHECK(f.refusal("DeleteCertificate", just_id) ==
          "DeleteConflictException 409 Things must be detached before deletion (arn: " + arn + ")");
    f.ok("DetachThingPrincipal", {{"thingName", "t"}, {"principal", arn}});
    f.ok("AttachPolicy", {{"policyName", "P"}, {"target", arn}});
    CHECK(
        f.refusal("DeleteCertificate", just_id) ==
        "DeleteConflictException 409 Certificate policies must be detached before deletion (arn: " +
            arn + ")");
    CHECK(f.refusal("DeletePolicy", {{"policyName", "P"}}).starts_with("DeleteConflictException"));
    f.ok("DeleteCertificate", {{"certificateId", id}, {"forceDelete", true}});
    CHECK(f.ok("DeletePolicy", {{"policyName", "P"}}).empty());
    CHECK(f.ok("ListCertificates", {}).at("certificates").as_array().empty());
    CHECK(f.restarted().iot.find(f.region)->targets.empty());
}

TEST_CASE("a device is known by its active, registered certificate; a refusal says what to do") {
    iot_fixture f;
    auto const made = f.create();
    auto const pem = text(made, "certificatePem");
    auto const id = text(made, "certificateId");
    auto const admitted = f.check(pem);
    REQUIRE(admitted.who);
    CHECK(admitted.who->user_id == id);
    CHECK(admitted.who->iot_name() == text(made, "certificateArn"));

    CHECK(f.check("").reason == "NOT_AUTHENTICATED");
    CHECK(f.update(id, "INACTIVE") == "ok");
    CHECK(f.check(pem).reason == "DEVICE_CERTIFICATE_INACTIVE");
    CHECK(f.check(pem).explanation.find("--new-status ACTIVE --certificate-id " + id) !=
          std::string::npos);
    CHECK(f.update(id, "REVOKED") == "ok");
    CHECK(f.check(pem).reason == "DEVICE_CERTIFICATE_REVOKED");
    CHECK(f.check(pem).details == "Device certificate is revoked");
    CHECK(f.update(id, "ACTIVE") == "ok");
    CHECK(f.check(pem).who);
    f.now += std::chrono::days(366 * 30);
    CHECK_FALSE(f.check(pem).who);

    iot_fixture stranger;
    CHECK(stranger.check(pem).reason == "DEVICE_CERTIFICATE_NOT_REGISTERED");
    CHECK(stranger.check(pem).explanation.find("register-certificate-without-ca") !=
          std::string::npos);
    stranger.ok("RegisterCertificateWithoutCA", {{"certificatePem", pem}, {"status", "ACTIVE"}});
    stranger.now = f.now - std::chrono::days(366 * 30);
    CHECK(stranger.check(pem).who);
    CHECK(text(stranger.describe(id), "certificateMode") == "SNI_ONLY");
}

TEST_CASE("certificates that stop being active are named, so that their connections end") {
    iot_fixture f;
    auto const made = f.create();
    auto const id = text(made, "certificateId");
    auto const ended = [&] { return std::exchange(f.world.iot.ended_certificates, {}); };
    CHECK(f.update(id, "ACTIVE") == "ok");
    CHECK(ended().empty());
    CHECK(f.update(id, "INACTIVE") == "ok");
    CHECK(ended() == std::vector{text(made, "certificateArn")});
    CHECK(f.update(id, "REVOKED") == "ok");
    CHECK(ended().empty());
}

TEST_CASE("a device may do what the policies on its certificate allow, and only that") {
    iot_fixture f;
    auto const made = f.create();
    auto const who = f.check(text(made, "certificatePem")).who;
    auto const decide = [&](std::string_view action, std::string_view resource) {
        return cloud::explain(f.world, *who, action, resource, f.facts(who->iot_name(), "d1"));
    };
    std::string const topic = "arn:aws:iot:ap-northeast-1:123456789012:topic/d1";
    auto const before = decide("iot:Publish", topic);
    CHECK_FALSE(before.decision.allowed);
    CHECK(before.decision.refused_by == cloud::lock::iot_policy);
    CHECK(before.words.starts_with("no IoT policy is attached to certificate `" + who->user_id));
    f.ok("CreatePolicy",
         {{"policyName", "P"},
          {"policyDocument",
           one_statement("Allow", "iot:Publish",
                         "arn:aws:iot:ap-northeast-1:123456789012:topic/${iot:ClientId}")}});
    f.ok("AttachPrincipalPolicy", {{"policyName", "P"}, {"principal", who->iot_name()}});
    CHECK(decide("iot:Publish", topic).decision.allowed);
    CHECK_FALSE(decide("iot:Publish", topic + "2").decision.allowed);
    // RetainPublish is IAM's alone for Cognito identities, not for devices.
    CHECK_FALSE(decide("iot:RetainPublish", topic).decision.allowed);
}

TEST_CASE("thing variables follow the client ID, or the only thing of an exclusive principal") {
    iot_fixture f;
    auto const arn = text(f.create(), "certificateArn");
    f.ok("CreateThing",
         {{"thingName", "a"}, {"attributePayload", {{"attributes", {{"floor", "2"}}}}}});
    f.ok("CreateThing", {{"thingName", "b"}});
    auto const variable = [&](std::string_view client_id, std::string_view name) {
        return value_of(f.facts(arn, client_id), "iot:Connection.Thing." + std::string(name));
    };
    CHECK(variable("a", "ThingName") == "a");
    CHECK(variable("a", "IsAttached") == "false");
    CHECK(variable("a", "Attributes[floor]") == "2");
    CHECK(variable("x", "ThingName") == "(absent)");
    CHECK(variable("x", "IsAttached") == "(absent)");

    f.ok("AttachThingPrincipal", {{"thingName", "a"}, {"principal", arn}});
    CHECK(variable("a", "IsAttached") == "true");
    CHECK(variable("b", "IsAttached") == "false");
    CHECK(f.refusal(
               "AttachThingPrincipal",
               {{"thingName", "b"}, {"principal", arn}, {"thingPrincipalType", "EXCLUSIVE_THING"}})
              .starts_with("InvalidRequestException 400 The principal is attached to thing a"));
    f.ok("AttachThingPrincipal",
         {{"thingName", "a"}, {"principal", arn}, {"thingPrincipalType", "EXCLUSIVE_THING"}});
    CHECK(variable("x", "ThingName") == "a");
    CHECK(variable("b", "ThingName") == "a");

    auto const again = f.restarted();
    CHECK(again.iot.find(f.region)->find_thing_of(arn, "x")->name == "a");
    f.ok("DetachThingPrincipal", {{"thingName", "a"}, {"principal", arn}});
    CHECK(variable("x", "ThingName") == "(absent)");
}

TEST_CASE("attachments are listed from both sides, with their type in the V2 forms") {
    iot_fixture f;
    auto const arn = text(f.create(), "certificateArn");
    f.ok("CreateThing", {{"thingName", "a"}});
    f.ok("AttachThingPrincipal", {{"thingName", "a"}, {"principal", arn}});
    f.ok("AttachThingPrincipal", {{"thingName", "a"}, {"principal", identity_id}});
    CHECK(json::print(f.ok("ListThingPrincipals", {{"thingName", "a"}})) ==
          R"({"principals":["ap-northeast-1:aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",")" + arn +
              R"("]})");
    CHECK(json::print(f.ok("ListPrincipalThings", {{"principal", arn}})) == R"({"things":["a"]})");
    CHECK(
        json::print(f.ok("ListPrincipalThingsV2", {{"principal", arn}})) ==
        R"({"principalThingObjects":[{"thingName":"a","thingPrincipalType":"NON_EXCLUSIVE_THING"}]})");
    CHECK(json::print(f.ok("ListThingPrincipalsV2",
                           {{"thingName", "a"}, {"thingPrincipalType", "EXCLUSIVE_THING"}})) ==
          R"({"thingPrincipalObjects":[]})");
    auto const first = f.ok("ListThingPrincipals", {{"thingName", "a"}, {"maxResults", 1}});
    CHECK(json::print(f.ok("ListThingPrincipals",
                           {{"thingName", "a"}, {"nextToken", text(first, "nextToken")}})) ==
          R"({"principals":[")" + arn + R"("]})");
    CHECK(f.refusal("AttachThingPrincipal", {{"thingName", "none"}, {"principal", arn}})
              .starts_with("ResourceNotFoundException 404"));
    CHECK(f.refusal("AttachThingPrincipal", {{"thingName", "a"}, {"principal", "alice"}})
              .starts_with("InvalidRequestException 400"));
}

TEST_CASE("policies can ask for the certificate's names, the first, the next and all of a kind") {
    iot_fixture f;
    auto const arn = text(f.create(), "certificateArn");
    auto const facts = f.facts(arn, "");
    CHECK(value_of(facts, "iot:Certificate.Subject.CommonName") == "AWS IoT Certificate");
    CHECK(value_of(facts, "iot:Certificate.Issuer.Organization") == "cogniot local cloud");
    CHECK(value_of(facts, "iot:CertificateId") == arn.substr(arn.rfind('/') + 1));
    CHECK(value_of(facts, "iot:ClientId") == "(absent)");

    auto& certificate = f.world.iot.at(f.region).certificates.begin()->second;
    certificate.details.subject = {
        {"Organization", "one"}, {"Organization", "t*o"}, {"Organization", "three"}};
    auto const several = f.facts(arn, "d");
    CHECK(value_of(several, "iot:Certificate.Subject.Organization") == "one");
    CHECK(value_of(several, "iot:Certificate.Subject.Organization.1") == "(absent)"); // a pattern
    CHECK(value_of(several, "iot:Certificate.Subject.Organization.2") == "three");
    REQUIRE(several.find("iot:Certificate.Subject.Organization.List"));
    CHECK(several.find("iot:Certificate.Subject.Organization.List")->size() == 3);

    certificate.details.subject.clear();
    std::string const longest(1024, 'x');
    for (auto const& value : {longest, longest + "y", std::string("3"), std::string("4"),
                              std::string("5"), std::string("6")})
        certificate.details.subject.push_back({"Organization", value});
    auto const many = f.facts(arn, "d");
    CHECK(value_of(many, "iot:Certificate.Subject.Organization") == longest);
    CHECK(value_of(many, "iot:Certificate.Subject.Organization.1") == "(absent)"); // too long
    CHECK(value_of(many, "iot:Certificate.Subject.Organization.4") == "5");
    CHECK(value_of(many, "iot:Certificate.Subject.Organization.5") == "(absent)"); // the sixth
    CHECK(many.find("iot:Certificate.Subject.Organization.List")->size() == 5);
}
