#include "cloud/iot/certificate.hpp"

#include <boost/json/object.hpp>

#include <utility>

namespace cogniot::cloud::iot {

namespace {

std::string key_of(certificate const& c) {
    return c.region + "/" + c.details.id;
}

} // namespace

certificate restore_certificate(stored_object& from) {
    certificate c{.region = from.text("region"),
                  .arn = from.text("arn"),
                  .status = from.text("status"),
                  .mode = from.text("mode"),
                  .generation = from.text("generation"),
                  .created = from.time("created"),
                  .modified = from.time("modified"),
                  .customer_version = from.number("customer_version")};
    auto details = crypto::read_certificate_details(from.text("pem"));
    if (details)
        c.details = std::move(*details);
    else
        from.note(details.error());
    return c;
}

record print_record(certificate const& c) {
    return {std::string(certificate_kind), key_of(c),
            json::print(json::object{{"region", c.region},
                                     {"arn", c.arn},
                                     {"status", c.status},
                                     {"mode", c.mode},
                                     {"generation", c.generation},
                                     {"created", stored_time(c.created)},
                                     {"modified", stored_time(c.modified)},
                                     {"customer_version", c.customer_version},
                                     {"pem", c.details.pem}})};
}

record forget(certificate const& c) {
    return {std::string(certificate_kind), key_of(c), std::nullopt};
}

} // namespace cogniot::cloud::iot
