#include "identity/attributes.hpp"

#include <doctest/doctest.h>

using namespace cogniot;
using identity::attribute_type;

// Cognito developer guide, "Working with user attributes": the standard attributes.
TEST_CASE("a pool has the standard attributes; sub is required and never changes") {
    auto const schema = identity::standard_attributes();
    CHECK(schema.size() == 21);
    auto const* sub = identity::find_attribute(schema, "sub");
    REQUIRE(sub != nullptr);
    CHECK(sub->is_required);
    CHECK_FALSE(sub->is_mutable);
    CHECK(identity::find_attribute(schema, "email_verified")->type == attribute_type::boolean);
    CHECK(identity::find_attribute(schema, "updated_at")->type == attribute_type::number);
    CHECK(identity::find_attribute(schema, "custom:team") == nullptr);
}

TEST_CASE("a value that does not fit its attribute is told why") {
    identity::schema_attribute const text{.name = "t", .min_length = "2", .max_length = "4"};
    identity::schema_attribute const number{
        .name = "n", .type = attribute_type::number, .min_value = "-1", .max_value = "10"};
    identity::schema_attribute const flag{.name = "b", .type = attribute_type::boolean};
    CHECK_FALSE(identity::find_misfit(text, "ab"));
    CHECK_FALSE(identity::find_misfit(text, "\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4"));
    CHECK(identity::find_misfit(text, "a"));
    CHECK(identity::find_misfit(text, "abcde"));
    CHECK_FALSE(identity::find_misfit(number, "10"));
    CHECK_FALSE(identity::find_misfit(number, "-0.5"));
    CHECK(identity::find_misfit(number, "11"));
    CHECK(identity::find_misfit(number, "-2"));
    CHECK(identity::find_misfit(number, "1x"));
    CHECK(identity::find_misfit(number, ""));
    CHECK_FALSE(identity::find_misfit(flag, "true"));
    CHECK(identity::find_misfit(flag, "TRUE"));
}

TEST_CASE("telephone numbers are E.164 (ITU-T), addresses have one @") {
    CHECK(identity::is_phone_number("+819012345678"));
    for (auto const* wrong :
         {"", "+", "819012345678", "+81-90-1234", "+0123456789", "+1234567890123456"})
        CHECK_FALSE(identity::is_phone_number(wrong));
    CHECK(identity::is_email("alice@example.com"));
    for (auto const* wrong : {"", "alice", "@example.com", "alice@", "a@b@c", "a b@c"})
        CHECK_FALSE(identity::is_email(wrong));
}
