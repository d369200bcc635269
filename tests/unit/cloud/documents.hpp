// Policy documents that several tests use.
#pragma once

#include <string>
#include <string_view>

namespace cogniot::test {

/// Trusts tokens of one identity pool, for users who signed in or for guests.
/// @source spec cognito-iam-sigv4 4.7
inline std::string pool_trust(std::string_view pool_id, std::string_view amr) {
    return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":)"
           R"("cognito-identity.amazonaws.com"},"Action":"sts:AssumeRoleWithWebIdentity",)"
           R"("Condition":{"StringEquals":{"cognito-identity.amazonaws.com:aud":")" +
           std::string(pool_id) +
           R"("},"ForAnyValue:StringLike":{"cognito-identity.amazonaws.com:amr":")" +
           std::string(amr) + R"("}}}]})";
}

/// One statement on every resource.
inline std::string one_statement(std::string_view effect, std::string_view action,
                                 std::string_view resource = "*") {
    return R"({"Version":"2012-10-17","Statement":[{"Effect":")" + std::string(effect) +
           R"(","Action":")" + std::string(action) + R"(","Resource":")" + std::string(resource) +
           R"("}]})";
}

/// The account may assume it.
inline constexpr std::string_view account_trust =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":)"
    R"("arn:aws:iam::123456789012:root"},"Action":"sts:AssumeRole"}]})";

/// The article's mistake: a comma before a closing bracket.
inline constexpr std::string_view trailing_comma = "{\n"
                                                   "  \"Version\": \"2012-10-17\",\n"
                                                   "  \"Statement\": [{\n"
                                                   "    \"Effect\": \"Allow\",\n"
                                                   "    \"Action\": [\"iot:Connect\",],\n"
                                                   "    \"Resource\": \"*\"\n"
                                                   "  }]\n"
                                                   "}";

} // namespace cogniot::test
