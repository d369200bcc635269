// Reads the members of a call's input and says what is wrong with them as AWS does.
//
// All violations are collected, in the order of reading, and answered together:
//     input_reader in(input);
//     auto const pool = in.text("UserPoolId", pool_id_rule);
//     auto const limit = in.find_integer("MaxResults", {.min = 1, .max = 60});
//     if (auto refusal = in.refusal("InvalidParameterException"))
//         return *refusal;
// A member that is null counts as absent, unknown members are ignored. Numbers and booleans may
// come as text, as the query protocol and headers carry them.
// @source spec cognito-iam-sigv4 1.2 "Constraint violations"
#pragma once

#include "cloud/service.hpp"

#include <boost/json/fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cogniot::cloud {

/// A regular expression of AWS's model with the function that decides it: no expression engine
/// ever sees foreign text. The text is for the sentence only.
struct pattern {
    std::string_view text;
    bool (*accepts)(std::string_view whole) = nullptr;
};

namespace patterns {
/// `[\w+]+`: generated IDs and secrets.
extern pattern const word_or_plus;
/// `[\w\s+=,.@-]+`: names that people give to resources.
extern pattern const resource_name;
/// `[\p{L}\p{M}\p{S}\p{N}\p{P}]+`: anything visible.
extern pattern const visible;
/// `[\S]+`: no white space.
extern pattern const no_space;
/// `[\w-]+_[0-9a-zA-Z]+`
extern pattern const user_pool_id;
/// `[\w+=/]+`: base64.
extern pattern const base64;
/// `[A-Za-z0-9-_=.]+`: tokens.
extern pattern const token;
/// `[0-9]+`
extern pattern const digits;
} // namespace patterns

/// What a text must be. Lengths are in characters (code points).
struct text_rule {
    std::size_t min = 0;
    std::size_t max = std::numeric_limits<std::size_t>::max();
    pattern const* form = nullptr;
    /// The only values allowed, if there are any.
    std::span<std::string_view const> values{};
    /// The value is not repeated in the sentence.
    bool is_sensitive = false;
};

struct integer_rule {
    std::int64_t min = std::numeric_limits<std::int64_t>::min();
    std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

/// How many elements a list may have.
struct list_rule {
    std::size_t min = 0;
    std::size_t max = std::numeric_limits<std::size_t>::max();
};

/// How an operation's members travel. In JSON a value of another type makes the request unreadable
/// (SerializationException); as text, in paths, query strings and headers, it is one violation
/// more.
enum class sent_as { json, text };

class input_reader {
  public:
    /// The object must outlive the reader and the views it gives.
    explicit input_reader(boost::json::object const& input, sent_as = sent_as::json);

    /// A required text; empty, with the violation noted, if it is absent.
    std::string_view text(std::string_view member, text_rule const&);
    std::optional<std::string_view> find_text(std::string_view member, text_rule const&);
    /// A required integer; 0, with the violation noted, if it is absent.
    std::int64_t integer(std::string_view member, integer_rule);
    std::optional<std::int64_t> find_integer(std::string_view member, integer_rule);
    std::optional<bool> find_flag(std::string_view member);
    /// A list of texts; nothing if it is absent.
    std::optional<std::vector<std::string>> find_texts(std::string_view member, text_rule const&,
                                                       list_rule = {});
    /// The same, required.
    std::vector<std::string> texts(std::string_view member, text_rule const&, list_rule = {});
    /// Null if absent or not an object (noted).
    boost::json::object const* find_object(std::string_view member);
    boost::json::array const* find_array(std::string_view member);
    boost::json::object const* object(std::string_view member);
    boost::json::array const* array(std::string_view member);

    /// A reader of a nested object whose violations count here. `input_reader::inside("Policies",
    /// *policies)` names members `policies.minimumLength`; list elements are
    /// "UserAttributes.1.member".
    input_reader inside(std::string_view path, boost::json::object const&);

    /// Notes a violation found elsewhere: "Member must " + `tail`.
    void note(std::string_view member, std::optional<std::string_view> value,
              std::string_view tail);

    /// The error to answer, or nothing if all is well.
    /// @param code  what the service calls constraint violations: InvalidParameterException, …
    std::optional<api_error> refusal(std::string_view code) const;

  private:
    struct findings;
    input_reader(boost::json::object const&, std::string path, std::shared_ptr<findings>);
    boost::json::value const* find(std::string_view member) const;
    void require(std::string_view member, bool is_sensitive);
    void mistyped(std::string_view member, boost::json::value const&, std::string_view wanted);
    void check(std::string_view member, std::string_view value, text_rule const&);

    boost::json::object const* input_;
    std::string path_;
    std::shared_ptr<findings> findings_;
};

/// `UserPoolId` -> `userPoolId`: how AWS's sentences name members.
std::string lower_camel(std::string_view member);

/// Characters (code points) of a UTF-8 text.
std::size_t count_characters(std::string_view utf8);

} // namespace cogniot::cloud
