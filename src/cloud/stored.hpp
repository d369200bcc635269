// Reading back what was kept: the fields of a record's JSON, and the first of them that is wrong.
//
// Each accessor answers an empty value for a field that is missing or mistyped and remembers it, so
// that a restore reads straight down and asks once, at the end, whether the record was whole.
#pragma once

#include "base/result.hpp"
#include "base/utc_time.hpp"
#include "json/parse.hpp"
#include "policy/document.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::cloud {

class stored_object {
  public:
    /// @errors json::errc with the record's name in the detail
    static result<stored_object> parse(std::string_view kind, std::string_view key,
                                       std::string_view text);

    std::string text(std::string_view field);
    /// Empty, and no fault, when absent.
    std::string text_if_any(std::string_view field) const;
    std::int64_t number(std::string_view field);
    /// Milliseconds since 1970.
    utc_time time(std::string_view field);
    bool flag(std::string_view field);
    std::vector<std::string> texts(std::string_view field);
    std::map<std::string, std::string, std::less<>> pairs(std::string_view field);
    /// Objects of an array.
    std::vector<stored_object> objects(std::string_view field);
    std::optional<policy::document> document(std::string_view field, policy::kind);
    bool has(std::string_view field) const { return object_.contains(field); }

    /// Notes a fault found elsewhere, unless there is one already.
    void note(error);
    /// The first thing that was wrong, with the record's name.
    std::optional<error> const& fault() const { return fault_; }

  private:
    stored_object(std::string where, json::object o)
        : where_(std::move(where)), object_(std::move(o)) {}
    void mistyped(std::string_view field);

    std::string where_;
    json::object object_;
    std::optional<error> fault_{};
};

/// The way times are kept: milliseconds since 1970.
std::int64_t stored_time(utc_time);
json::array stored_texts(std::vector<std::string> const&);

template <typename Map>
json::object stored_pairs(Map const& pairs) {
    json::object out;
    for (auto const& [key, value] : pairs)
        out[key] = value;
    return out;
}

} // namespace cogniot::cloud
