// The life of a device's certificate: issued or registered, activated, deactivated, deleted.
#include "cloud/iot/entity.hpp"
#include "cloud/iot/operations.hpp"
#include "cloud/world.hpp"
#include "crypto/device_certificate.hpp"
#include "json/parse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace cogniot::cloud::iot {

namespace {

text_rule const pem_rule{.min = 1, .max = 65536};
constexpr std::array<std::string_view, 6> statuses{
    "ACTIVE", "INACTIVE", "REVOKED", "PENDING_TRANSFER", "REGISTER_INACTIVE", "PENDING_ACTIVATION"};
text_rule const status_rule{.values = statuses};

bool is_for_people(std::string_view status) {
    return status == "ACTIVE" || status == "INACTIVE" || status == "REVOKED";
}

std::string_view initial_status(bool active) {
    return active ? "ACTIVE" : "INACTIVE";
}

api_error no_such_certificate(std::string_view id) {
    return not_found("The certificate does not exist (id: " + std::string(id) + ")");
}

/// AWS: `CertificateStateException`, 406.
api_error wrong_state(std::string message) {
    return {.code = "CertificateStateException", .status = 406, .message = std::move(message)};
}

api_error cannot_issue(error const& why) {
    if (why.code == make_error_code(crypto::errc::not_a_request))
        return invalid_request("The certificate signing request cannot be granted: " +
                               why.message());
    return {.code = "InternalFailureException",
            .status = 500,
            .message = "The certificate authority cannot issue: " + why.message()};
}

certificate* find_certificate(call& c, std::string_view id) {
    auto& all = c.world.iot.at(c.region).certificates;
    auto const found = all.find(id);
    return found == all.end() ? nullptr : &found->second;
}

/// Puts a certificate into the registry. @param pem  of one that was issued or checked before
outcome<certificate const*> add(call& c, std::string_view pem, std::string_view status,
                                std::string_view mode) {
    auto details = crypto::read_certificate_details(pem);
    if (!details)
        return api_error{.code = "CertificateValidationException",
                         .status = 400,
                         .message = "The certificate is invalid: " + details.error().message()};
    if (auto const* const known = find_certificate(c, details->id))
        return exists_already("The certificate is already provisioned or registered",
                              known->details.id, known->arn);
    certificate made{.region = c.region,
                     .arn = make_arn(c, "cert", details->id),
                     .status = std::string(status),
                     .mode = std::string(mode),
                     .generation = random_uuid(c.random),
                     .created = c.now,
                     .modified = c.now,
                     .details = std::move(*details)};
    auto id = made.details.id;
    auto& all = c.world.iot.at(c.region).certificates;
    auto const& added = all.emplace(std::move(id), std::move(made)).first->second;
    c.persist.push_back(print_record(added));
    return &added;
}

json::object print_names(certificate const& c) {
    return {{"certificateArn", c.arn}, {"certificateId", c.details.id}};
}

/// In the order of creation, as AWS lists: the newest first unless asked otherwise.
std::vector<std::string_view> ids_by_creation(registry const& in, bool ascending) {
    std::vector<certificate const*> all;
    for (auto const& [id, one] : in.certificates)
        all.push_back(&one);
    std::stable_sort(all.begin(), all.end(), [&](auto const* a, auto const* b) {
        return ascending ? a->created < b->created : a->created > b->created;
    });
    std::vector<std::string_view> ids;
    for (auto const* const one : all)
        ids.push_back(one->details.id);
    return ids;
}

} // namespace

outcome<json::object> create_keys_and_certificate(call& c, json::object const& input) {
    input_reader in(input);
    bool const active = in.find_flag("setAsActive").value_or(false);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const& settings = c.world.settings;
    auto const issued = crypto::issue_device_certificate(settings.device_authority,
                                                         settings.make_signing_key(), c.now);
    if (!issued)
        return cannot_issue(issued.error());
    auto const added = add(c, issued->certificate_pem, initial_status(active), "DEFAULT");
    if (!added)
        return added.error();
    auto answer = print_names(**added);
    answer["certificatePem"] = issued->certificate_pem;
    answer["keyPair"] = json::object{{"PublicKey", issued->public_key_pem},
                                     {"PrivateKey", issued->private_key_pem}};
    return answer;
}

outcome<json::object> create_certificate_from_csr(call& c, json::object const& input) {
    input_reader in(input);
    auto const request = in.text("certificateSigningRequest", pem_rule);
    bool const active = in.find_flag("setAsActive").value_or(false);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const issued =
        crypto::issue_for_request(c.world.settings.device_authority, request, c.now);
    if (!issued)
        return cannot_issue(issued.error());
    auto const added = add(c, *issued, initial_status(active), "DEFAULT");
    if (!added)
        return added.error();
    auto answer = print_names(**added);
    answer["certificatePem"] = *issued;
    return answer;
}

outcome<json::object> register_certificate_without_ca(call& c, json::object const& input) {
    input_reader in(input);
    auto const pem = in.text("certificatePem", pem_rule);
    auto const status = in.find_text("status", status_rule).value_or("INACTIVE");
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    if (!is_for_people(status))
        return invalid_request("A certificate cannot be registered as " + std::string(status));
    auto const added = add(c, pem, status, "SNI_ONLY");
    if (!added)
        return added.error();
    return print_names(**added);
}

outcome<json::object> describe_certificate(call& c, json::object const& input) {
    input_reader in(input);
    auto const id = in.text("certificateId", certificate_id_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const* const found = find_certificate(c, id);
    if (!found)
        return no_such_certificate(id);
    auto description = print_names(*found);
    description["status"] = found->status;
    description["certificatePem"] = found->details.pem;
    description["ownedBy"] = c.world.settings.account;
    description["creationDate"] = epoch_seconds(found->created);
    description["lastModifiedDate"] = epoch_seconds(found->modified);
    description["customerVersion"] = found->customer_version;
    description["transferData"] = json::object{};
    description["generationId"] = found->generation;
    description["validity"] = json::object{{"notBefore", epoch_seconds(found->details.not_before)},
                                           {"notAfter", epoch_seconds(found->details.not_after)}};
    description["certificateMode"] = found->mode;
    return json::object{{"certificateDescription", std::move(description)}};
}

outcome<json::object> list_certificates(call& c, json::object const& input) {
    input_reader in(input);
    auto const wanted = read_page(in);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto const& region = c.world.iot.at(c.region);
    auto const ids = ids_by_creation(region, wanted.ascending);
    json::object answer;
    json::array list;
    for (auto const id : cut_page(ids, wanted, answer, "nextMarker")) {
        auto const& one = *region.find_certificate(id);
        auto row = print_names(one);
        row["status"] = one.status;
        row["certificateMode"] = one.mode;
        row["creationDate"] = epoch_seconds(one.created);
        list.push_back(std::move(row));
    }
    answer["certificates"] = std::move(list);
    return answer;
}

outcome<json::object> update_certificate(call& c, json::object const& input) {
    input_reader in(input);
    auto const id = in.text("certificateId", certificate_id_rule);
    auto const status = in.text("newStatus", status_rule);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto* const found = find_certificate(c, id);
    if (!found)
        return no_such_certificate(id);
    if (!is_for_people(status))
        return wrong_state("A certificate cannot be set to " + std::string(status) +
                           ": that status is AWS IoT's own. Id: " + std::string(id));
    if (found->status == status)
        return json::object{};
    if (found->is_active())
        c.world.iot.ended_certificates.push_back(found->arn);
    found->status = std::string(status);
    found->modified = c.now;
    ++found->customer_version;
    found->generation = random_uuid(c.random);
    c.persist.push_back(print_record(*found));
    return json::object{};
}

outcome<json::object> delete_certificate(call& c, json::object const& input) {
    input_reader in(input);
    auto const id = in.text("certificateId", certificate_id_rule);
    bool const is_forced = in.find_flag("forceDelete").value_or(false);
    if (auto refusal = in.refusal(validation_error))
        return *refusal;
    auto* const found = find_certificate(c, id);
    if (!found)
        return no_such_certificate(id);
    if (found->is_active())
        return wrong_state("Certificate must be deactivated (not ACTIVE) before deletion. Id: " +
                           std::string(id));
    auto& region = c.world.iot.at(c.region);
    auto const where = " (arn: " + found->arn + ")";
    for (auto const& [name, thing] : region.things)
        if (thing.principals.contains(found->arn))
            return delete_conflict("Things must be detached before deletion" + where);
    if (auto const attached = region.targets.find(found->arn); attached != region.targets.end()) {
        if (!is_forced)
            return delete_conflict("Certificate policies must be detached before deletion" + where);
        attached->second.policies.clear();
        c.persist.push_back(print_record(attached->second));
        region.targets.erase(attached);
    }
    c.persist.push_back(forget(*found));
    region.certificates.erase(region.certificates.find(id));
    return json::object{};
}

} // namespace cogniot::cloud::iot
