#include "cloud/iot/connection_facts.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

namespace cogniot::cloud::iot {

namespace {

using attributes = std::span<crypto::certificate_attribute const>;

/// Values that AWS IoT does not put into policies: long ones, and those that would act as patterns.
bool is_substituted(std::string const& value) {
    return value.size() <= 1024 && value.find_first_of("*$+?#") == std::string::npos;
}

/// One attribute may be there several times: `X` is the first, `X.1` the second, `X.List` all.
/// @param path  `Subject`, `Issuer.AlternativeName`, …
void add_attributes(std::string const& path, attributes of, policy::context& facts) {
    constexpr std::size_t max_values = 5;
    for (auto const& one : of) {
        auto const name = "iot:Certificate." + path + "." + std::string(one.kind);
        if (facts.find(name))
            continue;
        std::vector<std::string> values;
        for (auto const& other : of)
            if (other.kind == one.kind && values.size() < max_values)
                values.push_back(other.value);
        for (std::size_t i = 0; i < values.size(); ++i)
            if (is_substituted(values[i]))
                facts.set(i == 0 ? name : name + "." + std::to_string(i), values[i]);
        facts.set_list(name + ".List", std::move(values));
    }
}

void add_certificate_facts(certificate const& c, policy::context& facts) {
    add_attributes("Subject", c.details.subject, facts);
    add_attributes("Issuer", c.details.issuer, facts);
    add_attributes("Subject.AlternativeName", c.details.subject_alternatives, facts);
    add_attributes("Issuer.AlternativeName", c.details.issuer_alternatives, facts);
    facts.set("iot:Certificate.SerialNumber", c.details.serial_number);
    // The developer guide has had both names.
    facts.set("iot:CertificateId", c.details.id);
    facts.set("iot:Certificate.CertificateId", c.details.id);
}

} // namespace

void add_connection_facts(registry const* in, std::string_view principal,
                          std::string_view client_id, policy::context& facts) {
    if (auto const* const c = in ? in->find_certificate_by_arn(principal) : nullptr)
        add_certificate_facts(*c, facts);
    if (client_id.empty())
        return;
    facts.set("iot:ClientId", std::string(client_id));
    auto const* const thing = in ? in->find_thing_of(principal, client_id) : nullptr;
    if (!thing)
        return;
    facts.set("iot:Connection.Thing.ThingName", thing->name);
    if (!thing->type_name.empty())
        facts.set("iot:Connection.Thing.ThingTypeName", thing->type_name);
    for (auto const& [name, value] : thing->attributes)
        facts.set("iot:Connection.Thing.Attributes[" + name + "]", value);
    facts.set("iot:Connection.Thing.IsAttached",
              thing->principals.contains(principal) ? "true" : "false");
}

} // namespace cogniot::cloud::iot
