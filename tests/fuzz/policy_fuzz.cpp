// libFuzzer: a policy text of any bytes is refused with a place or compiled; then any request is
// decided, and explained the same way. The first byte picks the kind; the last lines are the
// request.
#include "policy/decide.hpp"
#include "policy/evaluate_line.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace cogniot::policy;

namespace {

void require(bool holds) {
    if (!holds)
        std::abort();
}

/// Takes the last line off `text`.
std::string_view take_last_line(std::string_view& text) {
    auto const cut = text.rfind('\n');
    if (cut == std::string_view::npos)
        return {};
    auto const line = text.substr(cut + 1);
    text = text.substr(0, cut);
    return line;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0)
        return 0;
    constexpr kind kinds[] = {kind::any,   kind::role_inline, kind::managed,
                              kind::trust, kind::session,     kind::iot};
    auto const what = kinds[data[0] % 6];
    std::string_view text(reinterpret_cast<char const*>(data) + 1, size - 1);
    // The same bytes as a line of `cogniot policy evaluate`: an error or a decision, never both.
    document_cache cache;
    auto const line = evaluate_line(text, what, cache);
    require(line.contains("error") != line.contains("decision"));

    context facts;
    auto const value = take_last_line(text);
    facts.set("k", std::string(value));
    facts.set_list("l", {std::string(value), "10.0.0.1", "2026-01-02T03:04:05Z"});
    auto const resource = take_last_line(text);
    auto const action = take_last_line(text);
    complaint why;
    auto const parsed = document::parse(text, what, &why);
    if (!parsed) {
        require(!parsed.error().detail.empty() && !print_for_aws(why, what).empty());
        return 0;
    }
    named_document const documents[] = {{"p", &*parsed}};
    principal_name const who[] = {{"AWS", resource}};
    request const asked{action, resource, facts, who};
    auto const decision = decide(documents, asked);
    auto const because = explain(documents, asked);
    require(because.decision == decision);
    require(!print_words(because, documents, asked).empty());
    require(print_json(because, documents).contains("decision"));
    return 0;
}
