// What to change so that a refused request is allowed: the narrowest change of the very documents,
// as a JSON Patch (RFC 6902) and as the statement it leads to, with what else it would allow.
//
// A change never takes anything away: it mends a resource that no request can match, adds beside
// what is there, or adds a statement. A Deny is named, never removed. Every change was applied and
// decided before it is proposed. docs/policy.md, "The smallest change".
#pragma once

#include "policy/decide.hpp"
#include "policy/document.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cogniot::policy {

/// What a change may newly allow: each of the actions on each of the resources, as policies write
/// them.
struct grant {
    std::vector<std::string> actions{};
    std::vector<std::string> resources{};
};

struct change {
    enum class kind {
        version_set,           // to 2012-10-17, so that `${…}` is no plain text
        resource_mended,       // in place of one that no request can match
        resource_added,        // beside those of the statement
        action_added,          // beside those of the statement
        condition_value_added, // beside those of the condition
        statement_added,
        document_made, // there was none, or none has room
    } what = kind::document_made;
    /// Which document; nothing for document_made.
    std::optional<std::size_t> document{};
    /// Of that document; empty for document_made.
    boost::json::array patch{};
    /// As it reads after the change.
    boost::json::object statement{};
    /// `in statement 2 (line 8) of IoT policy p: add iot:Receive to its actions`
    std::string words{};
    /// Everything it may allow that was not allowed before; the request itself is within.
    std::vector<grant> grants{};
    /// What of that goes beyond the request, a clause each; empty: nothing does.
    std::vector<std::string> also{};
};

struct remedy {
    /// Each Deny that stops the request, with its place and what narrowing it would mean.
    std::vector<std::string> denies{};
    /// Nothing if only a Deny stands in the way. Beside a Deny it is not enough: no statement
    /// allows the request either, and once the Deny is narrowed this is needed as well.
    std::optional<change> smallest{};
    /// The statement that allows this request alone, when `smallest` allows more.
    std::optional<boost::json::object> exact{};
    /// A condition that the request does not meet and the change does not ask for.
    std::string left_out{};
};

/// @param documents  of one lock
/// @param refused    a request that they do not allow; its facts as these documents may see them
/// @param why        explain() of both
/// @param new_document  the kind of a document to be made if none can be changed
remedy find_remedy(std::span<named_document const> documents, request const& refused,
                   explanation const& why, kind new_document);

/// A document as patches see it.
result<boost::json::value> as_json(document const&);
/// The patched document's text. @errors json's or policy's: the patch does not fit the document
result<std::string> apply_change(document const&, change const&);

/// `{"change":"resource_added","policy":…,"patch":[…],"statement":{…},"words":…,"also_allows":[…]}`;
/// where a Deny stands in the way `{"denied_by":[…],"once_not_denied":{"change":…}}`
boost::json::object print_json(remedy const&, std::span<named_document const>);

} // namespace cogniot::policy
