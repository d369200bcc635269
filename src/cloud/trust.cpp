#include "cloud/trust.hpp"

#include <array>

namespace cogniot::cloud {

namespace {
policy::request request_of(assumption const& a) {
    // A trust policy has no Resource: the role itself is meant.
    return {.action = a.action, .resource = a.wanted.arn, .facts = a.facts, .principals = a.who};
}
} // namespace

bool is_trusted(assumption const& a) {
    policy::named_document const trust{"trust policy", &a.wanted.trust};
    return policy::decide({&trust, 1}, request_of(a)) == policy::effect::allow;
}

std::string explain_mistrust(assumption const& a) {
    policy::named_document const trust{"trust policy", &a.wanted.trust};
    auto const asked = request_of(a);
    auto const why = policy::explain({&trust, 1}, asked);
    return "role `" + a.wanted.name + "`: " + policy::print_words(why, {&trust, 1}, asked);
}

policy::context identity_pool_facts(std::string_view identity_pool_id, std::string_view identity_id,
                                    std::vector<std::string> const& amr) {
    policy::context facts;
    facts.set("cognito-identity.amazonaws.com:aud", std::string(identity_pool_id));
    facts.set("cognito-identity.amazonaws.com:sub", std::string(identity_id));
    facts.set_list("cognito-identity.amazonaws.com:amr", amr);
    return facts;
}

std::span<policy::principal_name const> identity_pool_principal() {
    static constexpr std::array<policy::principal_name, 1> names{
        {{"Federated", "cognito-identity.amazonaws.com"}}};
    return names;
}

} // namespace cogniot::cloud
