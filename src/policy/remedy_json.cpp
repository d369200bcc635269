// Remedies as data, and changes as what they make of a document.
#include "json/parse.hpp"
#include "json/patch.hpp"
#include "policy/smallest_change.hpp"

#include <boost/json.hpp>

namespace cogniot::policy {
namespace {

std::string_view print(change::kind what) {
    switch (what) {
    case change::kind::version_set:
        return "version_set";
    case change::kind::resource_mended:
        return "resource_mended";
    case change::kind::resource_added:
        return "resource_added";
    case change::kind::action_added:
        return "action_added";
    case change::kind::condition_value_added:
        return "condition_value_added";
    case change::kind::statement_added:
        return "statement_added";
    case change::kind::document_made:
        return "document_made";
    }
    return "document_made";
}

} // namespace

result<boost::json::value> as_json(document const& d) {
    return json::parse(d.text(), {.max_bytes = 4u << 20, .max_depth = 64});
}

result<std::string> apply_change(document const& before, change const& what) {
    auto root = as_json(before);
    if (!root)
        return root.error();
    auto patched = json::apply_patch(std::move(*root), what.patch);
    if (!patched)
        return patched.error();
    return json::print(*patched);
}

boost::json::object print_json(remedy const& r, std::span<named_document const> documents) {
    boost::json::object out;
    if (!r.denies.empty())
        out["denied_by"] = boost::json::array(r.denies.begin(), r.denies.end());
    if (!r.smallest)
        return out;
    boost::json::object what;
    auto const& c = *r.smallest;
    what["change"] = print(c.what);
    if (c.document)
        what["policy"] = documents[*c.document].name;
    what["patch"] = c.patch;
    what["statement"] = c.statement;
    what["words"] = c.words;
    what["also_allows"] = boost::json::array(c.also.begin(), c.also.end());
    if (r.exact)
        what["exact_statement"] = *r.exact;
    if (!r.left_out.empty())
        what["left_out"] = r.left_out;
    // A patch that does not let the request through must not be taken for one that does.
    if (r.denies.empty())
        return what;
    out["once_not_denied"] = std::move(what);
    return out;
}

} // namespace cogniot::policy
