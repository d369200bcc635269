// How one statement meets one request: the tests that decide() and explain() share, so that they
// cannot disagree.
#pragma once

#include "policy/compiled.hpp"
#include "policy/decide.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace cogniot::policy {

/// The variables of one document for one request, each looked up once. No heap.
class document_variables final : public variable_values {
  public:
    document_variables(document::compiled const& of, context const& facts)
        : of_(of), facts_(facts) {}
    std::optional<std::string_view> value(std::uint32_t slot) override;

  private:
    struct known {
        std::optional<std::string_view> value{};
        bool asked = false;
    };
    std::optional<std::string_view> look_up(variable const&) const;

    document::compiled const& of_;
    context const& facts_;
    /// Enough for any document that people write; further slots are looked up each time.
    std::array<known, 8> cache_{};
};

bool principal_matches(principal_pattern const&, principal_name const&);

/// The action in lower case, once for all statements. Longer than any real one: nothing.
class lowered_action {
  public:
    explicit lowered_action(std::string_view action);
    /// Nothing if the action is too long to be lowered without the heap.
    std::optional<std::string_view> text() const;

  private:
    std::array<char, 128> buffer_;
    std::size_t size_;
};

/// Each clause by itself.
bool action_holds(statement const&, request const&, lowered_action const&, variable_values&);
bool resource_holds(statement const&, request const&, variable_values&, bool iot);
bool principal_holds(statement const&, request const&);
bool condition_holds(condition const&, request const&, variable_values&, bool iot);

/// All clauses of one statement.
bool holds(statement const&, document::compiled const& of, request const&, lowered_action const&,
           variable_values&);

} // namespace cogniot::policy
