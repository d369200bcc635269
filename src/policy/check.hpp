// Lints one policy document for the known traps (traps.hpp): those that AWS refuses, and those that
// it stores without a word and that never do what they say. Pure.
#pragma once

#include "json/place.hpp"
#include "policy/document.hpp"
#include "policy/traps.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::policy {

/// Whose policy it is decides which variables have values.
enum class principal_kind { cognito, certificate };

struct check_setup {
    /// role_inline, managed, iot or trust.
    kind what = kind::role_inline;
    /// Of an IoT policy; a role's is Cognito's.
    principal_kind principal = principal_kind::cognito;
    /// What resources should name. Nothing: not compared.
    std::optional<std::string> region{};
    std::optional<std::string> account{};
    /// Of a trust policy: the identity pool and the kind of identities it is meant for.
    std::optional<std::string> identity_pool{};
    /// `authenticated` or `unauthenticated`.
    std::optional<std::string> amr{};
};

struct finding {
    trap const* of = nullptr;
    /// What stands there, quoting the document.
    std::string what{};
    json::place at{};
    /// JSON Pointer of the element: `/Statement/1/Resource/0`; empty for the whole document.
    std::string pointer{};
};

/// In the order of the document.
std::vector<finding> check(std::string_view text, check_setup const&);

/// The kind of a document nobody has named: by its elements and variables, else by the words `iot`,
/// `trust` or `role` in `name`.
kind guess_kind(std::string_view text, std::string_view name);
/// Certificates' if it speaks of certificates and not of Cognito.
principal_kind guess_principal(std::string_view text);

/// The regions and accounts that a document's ARNs of AWS IoT name, one entry each time; wildcards
/// and blanks are left out. Nothing for a text that is no document.
struct named_places {
    std::vector<std::string> regions{};
    std::vector<std::string> accounts{};
};
named_places places_of(std::string_view text);

} // namespace cogniot::policy
