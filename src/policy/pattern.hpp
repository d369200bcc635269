// A pattern of a policy (action, resource, condition value), split once so that matching allocates
// nothing: literal pieces, wildcards, and variables by slot.
// @source IAM user guide, "Resource" (wildcards and colons), "Policy variables"
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::policy {

/// `${name}` or `${name, 'fallback'}`, numbered by document.
struct variable {
    /// Lower case: variable names are case-insensitive.
    std::string name;
    /// As in the document, without braces and fallback.
    std::string written;
    std::optional<std::string> fallback{};

    friend bool operator==(variable const&, variable const&) = default;
};

struct piece {
    enum class type : std::uint8_t {
        literal,
        any_run,            // `*` that may cross colons
        any_run_in_segment, // `*` that may not
        any_one,            // `?`
        any_one_in_segment, // `?` that is not a colon
        variable,
    };
    type what = type::literal;
    /// literal: [at, at + size) of pattern::literals. variable: `at` is its slot.
    std::uint32_t at = 0;
    std::uint32_t size = 0;
};

struct pattern {
    /// Bytes of the literal that the pattern begins with, and the last eight of them (0 if fewer):
    /// what could_match() looks at, kept together for the cache.
    std::uint64_t prefix_tail = 0;
    std::uint32_t prefix_size = 0;
    bool has_variables = false;
    /// Just `*`.
    bool matches_everything = false;
    /// The prefix is all there is.
    bool is_literal = false;
    std::string literals{};
    std::vector<piece> pieces{};
    /// As in the document.
    std::string written{};
};

/// False if the text surely does not match; one comparison, most patterns of a document end here.
/// The pattern's case counts: `text` in lower case for patterns made with fold_case.
inline bool could_match(pattern const& p, std::string_view text) {
    if (text.size() < p.prefix_size || (p.is_literal && text.size() != p.prefix_size))
        return false;
    std::uint64_t tail = 0;
    if (p.prefix_size < sizeof tail)
        return true;
    std::memcpy(&tail, text.data() + p.prefix_size - sizeof tail, sizeof tail);
    return tail == p.prefix_tail;
}

/// How a text becomes a pattern.
struct pattern_rules {
    /// `*` and `?` are wildcards, not characters.
    bool wildcards = true;
    /// `${…}` is replaced (Version 2012-10-17), not text.
    bool variables = true;
    /// Variables count only after the fifth colon: IAM resources.
    bool variables_after_fifth_colon = false;
    /// Which wildcards stop at colons.
    enum class colons {
        ordinary,     // none: texts, IoT resources
        end_segments, // those that do not end a segment: IAM resources
        divide,       // all, up to the fifth colon of the text: ARN operators
    } colon = colons::ordinary;
    /// Compare in lower case: actions.
    bool fold_case = false;
};

/// Why a text is no pattern, and at which byte.
struct pattern_fault {
    std::size_t offset;
    std::string cause;
};

/// Splits `text`; variables get slots in `slots`, equal ones share.
std::optional<pattern_fault> make_pattern(std::string_view text, pattern_rules const&,
                                          std::vector<variable>& slots, pattern& into);

/// Gives the values of variables; nothing for one that has none.
class variable_values {
  public:
    virtual std::optional<std::string_view> value(std::uint32_t slot) = 0;

  protected:
    ~variable_values() = default;
};

/// How far a pattern went along a text before they parted.
struct reach {
    std::size_t piece = 0;
    /// Bytes of that piece (a literal's or variable's) that agreed.
    std::size_t inside = 0;
    /// Bytes of the text that agreed.
    std::size_t in_text = 0;
};

enum class letter_case { exact, folded };

/// Whether the whole text matches. A variable without a value matches nothing.
/// Time: about text × pattern at worst; wildcards never backtrack further than the last free `*`.
/// @param free_from  `…_in_segment` wildcards may take colons from this byte on (ARN operators).
/// @param furthest   if given, receives how far the match went.
bool matches(pattern const&, std::string_view text, variable_values&,
             letter_case = letter_case::exact, std::size_t free_from = static_cast<std::size_t>(-1),
             reach* furthest = nullptr);

/// The pattern with its variables replaced by their values; those without stay `${…}`.
std::string resolve(pattern const&, std::vector<variable> const& slots, variable_values&);
/// Bytes of resolve() up to `where`.
std::size_t resolved_bytes(pattern const&, variable_values&, reach const& where);
/// Names, as written, of the variables that have no value.
std::vector<std::string> unresolved(pattern const&, std::vector<variable> const& slots,
                                    variable_values&);
bool has_unresolved(pattern const&, variable_values&);

} // namespace cogniot::policy
