// From a request back to a policy: values become the variables that stand for them, and characters
// that a policy would read otherwise are escaped.
// @source IAM user guide, "Policy variables" (`${*}`, `${?}`, `${$}`); AWS IoT developer guide,
// "AWS IoT Core policy variables"; spec iot-broker 4.4
#pragma once

#include "policy/decide.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cogniot::policy {

inline constexpr std::string_view identity_variable = "cognito-identity.amazonaws.com:sub";
inline constexpr std::string_view client_variable = "iot:ClientId";

/// Which variables a document may use.
enum class vocabulary {
    none, // Version 2008-10-17: `${…}` is text there
    iam,  // `${cognito-identity.amazonaws.com:sub}`
    iot,  // that, and `${iot:ClientId}`
};
/// What the document's kind and version allow.
vocabulary vocabulary_of(document const&);

/// A resource as a policy names it.
struct written_resource {
    std::string text;
    /// The text stands for every identity, each with its own ID.
    bool names_identity = false;
    /// The text stands for every client, each with its own client ID.
    bool names_client = false;
};

/// The narrowest way to name `resource` for whoever asks with `facts`.
///
/// The identity ID is replaced wherever it stands, the client ID only where it is a whole level of
/// a topic or filter: `client/${iot:ClientId}` would let every client in, being true by definition.
/// What is no ARN (`*`; a bare identity ID, for iot:AttachPolicy) has no other name than `*`.
/// @return nothing if the vocabulary cannot express it (a `*` in Version 2008-10-17)
std::optional<written_resource> put_variables_back(std::string_view resource, context const& facts,
                                                   vocabulary);

/// What a document of this kind can hold of a resource. IAM takes no characters beyond U+00FF: a
/// `?`, which is any one character, stands for each of them.
/// @source IAM API reference, PutRolePolicy: PolicyDocument; spec cognito-iam-sigv4 5.6
std::string holdable(std::string_view resource, kind);

/// The text with `*`, `?` and `${` escaped; nothing if it has some and variables do not exist.
std::optional<std::string> escape_wildcards(std::string_view text, vocabulary);

} // namespace cogniot::policy
