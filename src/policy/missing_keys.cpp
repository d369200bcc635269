#include "policy/missing_keys.hpp"

#include "policy/evaluate.hpp"

#include <algorithm>

namespace cogniot::policy {
namespace {

class collector {
  public:
    explicit collector(context const& facts) : facts_(facts) {}

    void add_key(std::string const& written) {
        if (facts_.find(written) == nullptr &&
            std::find(found.begin(), found.end(), written) == found.end())
            found.push_back(written);
    }
    void add_variables(pattern const& p, std::vector<variable> const& slots) {
        for (auto const& one : p.pieces)
            if (one.what == piece::type::variable && !slots[one.at].fallback)
                add_key(slots[one.at].written);
    }

    std::vector<std::string> found{};

  private:
    context const& facts_;
};

} // namespace

std::vector<std::string> find_missing_keys(std::span<named_document const> documents,
                                           request const& asked) {
    lowered_action const lowered(asked.action);
    collector missing(asked.facts);
    for (auto const& d : documents) {
        auto const& inside = d.compiled->inside();
        document_variables values(inside, asked.facts);
        for (auto const& s : inside.statements) {
            if (!action_holds(s, asked, lowered, values))
                continue;
            for (auto const& resource : s.resources)
                missing.add_variables(resource, inside.slots);
            for (auto const& c : s.conditions) {
                missing.add_key(c.key_written);
                for (auto const& value : c.values)
                    missing.add_variables(value.text, inside.slots);
            }
        }
    }
    return std::move(missing.found);
}

} // namespace cogniot::policy
