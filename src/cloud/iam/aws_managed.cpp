#include "cloud/iam/aws_managed.hpp"

#include <algorithm>

namespace cogniot::cloud::iam {

namespace {

struct row {
    std::string_view name;
    std::string_view id;
    std::string_view version;
    std::string_view created;
    std::string_view updated;
    std::string_view document;
};

// docs.aws.amazon.com/aws-managed-policy/latest/reference/NAME.html
constexpr row rows[]{
    {"AWSIoTDataAccess", "ANPAJM2KI2UJDR24XPS2K", "v3", "2015-10-27T21:51:00Z",
     "2021-06-23T21:34:00Z",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iot:Connect",)"
     R"("iot:Publish","iot:Subscribe","iot:Receive","iot:GetThingShadow",)"
     R"("iot:UpdateThingShadow","iot:DeleteThingShadow","iot:ListNamedShadowsForThing"],)"
     R"("Resource":"*"}]})"},
    {"AWSIoTFullAccess", "ANPAJU2FPGG6PQWN72V2G", "v2", "2015-10-08T15:19:00Z",
     "2022-05-19T21:39:00Z",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iot:*",)"
     R"("iotjobsdata:*"],"Resource":"*"}]})"},
    {"AdministratorAccess", "ANPAIWMBCKSKIEE64ZLYK", "v1", "2015-02-06T18:39:00Z",
     "2015-02-06T18:39:00Z",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})"},
};

managed_policy make(row const& r) {
    auto const created = parse_extended(r.created).value();
    auto const updated = parse_extended(r.updated).value();
    return {.name = std::string(r.name),
            .id = std::string(r.id),
            .path = "/",
            .arn = "arn:aws:iam::aws:policy/" + std::string(r.name),
            .created = created,
            .updated = updated,
            .default_version = std::string(r.version),
            .versions = {{std::string(r.version), updated,
                          policy::document::parse(r.document, policy::kind::managed).value()}}};
}

} // namespace

std::span<managed_policy const> aws_managed_policies() {
    static std::vector<managed_policy> const made = [] {
        std::vector<managed_policy> out;
        for (auto const& r : rows)
            out.push_back(make(r));
        return out;
    }();
    return made;
}

managed_policy const* find_aws_managed_policy(std::string_view arn) {
    if (!arn.starts_with("arn:aws:iam::aws:policy/"))
        return nullptr;
    auto const known = aws_managed_policies();
    auto const at = std::find_if(known.begin(), known.end(),
                                 [&](managed_policy const& p) { return p.arn == arn; });
    return at == known.end() ? nullptr : &*at;
}

} // namespace cogniot::cloud::iam
