// AWS::IoT::Certificate, AWS::IoT::PolicyPrincipalAttachment, AWS::IoT::ThingPrincipalAttachment.
#include "local/template/resource_tables.hpp"

#include <boost/json.hpp>

#include <array>

namespace cogniot::local {
namespace {

using boost::json::object;
using cloud::api_error;
using cloud::outcome;
using names = std::string_view;

// ---- AWS::IoT::Certificate ----

constexpr std::array certificate_properties = {names("CertificateSigningRequest"),
                                               names("CertificatePem"), names("CertificateMode"),
                                               names("CACertificatePem"), names("Status")};
constexpr std::array certificate_replacing = {names("CertificateSigningRequest"),
                                              names("CertificatePem"), names("CertificateMode"),
                                              names("CACertificatePem")};
constexpr std::array certificate_required = {names("Status")};

outcome<object> make_certificate(resource_request& in) {
    auto const request = string_of(in.properties, "CertificateSigningRequest");
    auto const pem = string_of(in.properties, "CertificatePem");
    if (request.empty() == pem.empty())
        return api_error{"InvalidRequestException", 400,
                         "either CertificateSigningRequest or CertificatePem is due"};
    if (!request.empty())
        return invoke(in.as_root, "iot", "CreateCertificateFromCsr",
                      {{"certificateSigningRequest", request}});
    if (string_of(in.properties, "CertificateMode") != "SNI_ONLY")
        return api_error{"InvalidRequestException", 400,
                         "CertificatePem needs `CertificateMode: SNI_ONLY`: CA certificates cannot "
                         "be registered here yet"};
    return invoke(in.as_root, "iot", "RegisterCertificateWithoutCA", {{"certificatePem", pem}});
}

outcome<void> set_status(cloud::call& call, std::string const& id, std::string_view status) {
    return run(call, "iot", "UpdateCertificate", {{"certificateId", id}, {"newStatus", status}});
}

outcome<physical_resource> create_certificate(resource_request& in) {
    auto const made = make_certificate(in);
    if (!made)
        return made.error();
    auto const id = string_of(*made, "certificateId");
    if (auto set = set_status(in.as_root, id, string_of(in.properties, "Status")); !set)
        return set.error();
    return physical_resource{id, {{"Arn", string_of(*made, "certificateArn")}, {"Id", id}}};
}

outcome<physical_resource> update_certificate(resource_request& in, physical_resource const& now) {
    if (auto set = set_status(in.as_root, now.id, string_of(in.properties, "Status")); !set)
        return set.error();
    return now;
}

outcome<void> remove_certificate(cloud::call& call, physical_resource const& it) {
    if (auto set = set_status(call, it.id, "INACTIVE"); !set)
        return set;
    return run(call, "iot", "DeleteCertificate", {{"certificateId", it.id}});
}

// ---- attachments: the physical ID is `NAME|PRINCIPAL` ----

/// What one kind of attachment is called.
struct attachment {
    /// The template's property, the operation's member.
    names property;
    names member;
    names attach;
    names detach;
};
constexpr attachment of_policy{"PolicyName", "policyName", "AttachPrincipalPolicy",
                               "DetachPrincipalPolicy"};
constexpr attachment of_thing{"ThingName", "thingName", "AttachThingPrincipal",
                              "DetachThingPrincipal"};

template <attachment const& Of>
outcome<physical_resource> attach(resource_request& in) {
    auto const name = string_of(in.properties, Of.property);
    auto const principal = string_of(in.properties, "Principal");
    object input{{Of.member, name}, {"principal", principal}};
    if (auto const type = string_of(in.properties, "ThingPrincipalType"); !type.empty())
        input["thingPrincipalType"] = type;
    if (auto done = run(in.as_root, "iot", Of.attach, input); !done)
        return done.error();
    return physical_resource{name + "|" + principal, {}};
}

template <attachment const& Of>
outcome<physical_resource> attach_again(resource_request& in, physical_resource const&) {
    return attach<Of>(in);
}

template <attachment const& Of>
outcome<void> detach(cloud::call& call, physical_resource const& it) {
    auto const bar = it.id.find('|');
    return run(call, "iot", Of.detach,
               {{Of.member, it.id.substr(0, bar)}, {"principal", it.id.substr(bar + 1)}});
}

constexpr std::array policy_ends = {names("PolicyName"), names("Principal")};
constexpr std::array thing_ends = {names("ThingName"), names("Principal")};
constexpr std::array thing_attachment_properties = {names("ThingName"), names("Principal"),
                                                    names("ThingPrincipalType")};

constexpr std::array device_types = {
    resource_type{.name = "AWS::IoT::Certificate",
                  .properties = certificate_properties,
                  .required = certificate_required,
                  .create = create_certificate,
                  .update = update_certificate,
                  .remove = remove_certificate,
                  .replacing = certificate_replacing},
    resource_type{.name = "AWS::IoT::PolicyPrincipalAttachment",
                  .properties = policy_ends,
                  .required = policy_ends,
                  .create = attach<of_policy>,
                  .update = attach_again<of_policy>,
                  .remove = detach<of_policy>,
                  .replacing = policy_ends},
    resource_type{.name = "AWS::IoT::ThingPrincipalAttachment",
                  .properties = thing_attachment_properties,
                  .required = thing_ends,
                  .create = attach<of_thing>,
                  .update = attach_again<of_thing>,
                  .remove = detach<of_thing>,
                  .replacing = thing_ends},
};

} // namespace

std::span<resource_type const> device_resource_types() {
    return device_types;
}

} // namespace cogniot::local
