#include "policy/put_back.hpp"

#include "base/text.hpp"
#include "policy/arn.hpp"
#include "policy/compiled.hpp"

namespace cogniot::policy {
namespace {

std::string as_variable(std::string_view name) {
    return "${" + std::string(name) + "}";
}

/// A level of a topic or filter, or the rest of any other resource: literal text and the identity.
bool write_level(std::string_view level, std::string_view identity, vocabulary words,
                 written_resource& into) {
    while (!level.empty()) {
        auto const at = identity.empty() ? std::string_view::npos : level.find(identity);
        auto const plain = escape_wildcards(level.substr(0, at), words);
        if (!plain)
            return false;
        into.text += *plain;
        if (at == std::string_view::npos)
            return true;
        into.text += as_variable(identity_variable);
        into.names_identity = true;
        level.remove_prefix(at + identity.size());
    }
    return true;
}

} // namespace

vocabulary vocabulary_of(document const& d) {
    if (!d.inside().has_variables)
        return vocabulary::none;
    return d.what_for() == kind::iot ? vocabulary::iot : vocabulary::iam;
}

std::optional<std::string> escape_wildcards(std::string_view text, vocabulary words) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool const special = text[i] == '*' || text[i] == '?' || text.substr(i, 2) == "${";
        if (special && words == vocabulary::none && text[i] != '$')
            return {};
        out += special && words != vocabulary::none ? "${" + std::string(1, text[i]) + "}"
                                                    : std::string(1, text[i]);
    }
    return out;
}

std::string holdable(std::string_view resource, kind what) {
    if (what == kind::iot || what == kind::any)
        return std::string(resource);
    std::string out;
    bool replaced = false;
    for (char const c : resource) {
        auto const byte = static_cast<unsigned char>(c);
        bool const continues = (byte & 0xC0u) == 0x80u;
        if (continues && replaced)
            continue;
        replaced = byte > 0xC3;
        out += replaced ? '?' : c;
    }
    return out;
}

std::optional<written_resource> put_variables_back(std::string_view resource, context const& facts,
                                                   vocabulary words) {
    auto const parts = split_arn(resource);
    if (!parts)
        return written_resource{"*"};
    auto const value_of = [&](std::string_view variable, bool exists) {
        return exists ? facts.find_single(variable).value_or("") : std::string_view{};
    };
    auto const identity = value_of(identity_variable, words != vocabulary::none);
    auto const client = value_of(client_variable, words == vocabulary::iot);
    auto const rest = (*parts)[arn_resource];
    bool const is_levelled = has_levels(resource_type(rest));

    written_resource out{std::string(resource.substr(0, resource.size() - rest.size()))};
    bool first = true;
    for (auto const level : split(rest, '/')) {
        if (!first)
            out.text += '/';
        if (is_levelled && !first && !client.empty() && level == client && client != identity) {
            out.text += as_variable(client_variable);
            out.names_client = true;
        } else if (!write_level(level, identity, words, out)) {
            return {};
        }
        first = false;
    }
    return out;
}

} // namespace cogniot::policy
