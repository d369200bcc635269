// Users, their attributes and groups. Source: spec cognito-iam-sigv4 3.1, 3.3, 3.5, 3.9.
#include "user_pool_fixture.hpp"

using namespace cogniot;
using test::text;
using test::user_pool_fixture;

namespace {

std::vector<std::string> names(user_pool_fixture& cloud, std::string_view filter) {
    auto const answer =
        cloud.idp("ListUsers", json::object{{"UserPoolId", cloud.pool}, {"Filter", filter}});
    std::vector<std::string> out;
    for (auto const& who : answer.at("Users").as_array())
        out.push_back(text(who.as_object(), "Username"));
    return out;
}

using list = std::vector<std::string>;

} // namespace

TEST_CASE("a new user must change the password, has a sub, and keeps its attributes") {
    user_pool_fixture cloud;
    auto const made =
        cloud.idp("AdminCreateUser",
                  cloud.named("alice", {{"UserAttributes",
                                         {{{"Name", "email"}, {"Value", "a@example.com"}},
                                          {{"Name", "email_verified"}, {"Value", "true"}}}}}));
    auto const& user = made.at("User").as_object();
    CHECK(text(user, "Username") == "alice");
    CHECK(text(user, "UserStatus") == "FORCE_CHANGE_PASSWORD");
    CHECK(json::find_bool(user, "Enabled") == true);
    CHECK(cloud.attribute(user, "sub").size() == 36);
    CHECK(cloud.attribute(user, "email") == "a@example.com");
    // The temporary password is on its way to the address.
    REQUIRE(cloud.world.cognito_idp.outbox.size() == 1);
    auto const& message = cloud.world.cognito_idp.outbox.back();
    CHECK(message.destination == "a@example.com");
    CHECK(cloud.sign_in_refusal("alice", message.code.reveal()) == "ok");
    // AdminGetUser is flat and calls the attributes otherwise.
    auto const shown = cloud.idp("AdminGetUser", cloud.named("alice"));
    CHECK(shown.contains("UserAttributes"));
    CHECK_FALSE(shown.contains("Attributes"));
    CHECK(text(shown, "UserStatus") == "FORCE_CHANGE_PASSWORD");
}

TEST_CASE("users that cannot be made") {
    user_pool_fixture cloud;
    cloud.add_user("alice", "Passw0rd!");
    struct row {
        char const* id;
        json::object input;
        char const* refusal;
    };
    auto const attribute = [&](char const* name, char const* value) {
        return cloud.named("bob", {{"UserAttributes", {{{"Name", name}, {"Value", value}}}}});
    };
    row const rows[] = {
        {"exists", cloud.named("alice"), "UsernameExistsException 400 User account already exists"},
        {"email", attribute("email", "nonsense"),
         "InvalidParameterException 400 Invalid email address format."},
        {"phone", attribute("phone_number", "090-1234"),
         "InvalidParameterException 400 Invalid phone number format."},
        {"unknown-attribute", attribute("custom:plan", "x"),
         "InvalidParameterException 400 Attributes did not conform to the schema: custom:plan: "
         "Attribute does not exist in the schema.\n"},
        {"password", cloud.named("bob", {{"TemporaryPassword", "weak"}}),
         "InvalidPasswordException 400 Password did not conform with policy: Password not long "
         "enough"},
        {"space", cloud.named("b ob"),
         "InvalidParameterException 400 1 validation error detected: Value at 'username' failed "
         "to satisfy constraint: Member must satisfy regular expression pattern: "
         R"([\p{L}\p{M}\p{S}\p{N}\p{P}]+)"},
        {"resend", cloud.named("alice", {{"MessageAction", "RESEND"}}),
         "UnsupportedUserStateException 400 Resend not possible. CONFIRMED is not a status for a "
         "temporary password."},
        {"resend-nobody", cloud.named("bob", {{"MessageAction", "RESEND"}}),
         "UserNotFoundException 400 User does not exist."},
    };
    for (auto const& r : rows) {
        CAPTURE(r.id);
        CHECK(cloud.idp_refusal("AdminCreateUser", r.input) == r.refusal);
    }
    CHECK(cloud.idp_refusal("AdminGetUser", cloud.named("bob")) ==
          "UserNotFoundException 400 User does not exist.");
}

TEST_CASE("a password that does not conform names the rule") {
    user_pool_fixture cloud;
    cloud.add_user("alice", "Passw0rd!");
    CHECK(cloud.idp_refusal("AdminSetUserPassword",
                            cloud.named("alice", {{"Password", "Password!"}})) ==
          "InvalidPasswordException 400 Password did not conform with policy: Password must have "
          "numeric characters");
}

TEST_CASE("a pool that remembers two passwords refuses the one in force and the one before") {
    user_pool_fixture cloud(R"({"Policies":{"PasswordPolicy":{"PasswordHistorySize":2}}})", "{}");
    cloud.add_user("alice", "Passw0rd!1");
    auto const set = [&](char const* password) {
        return cloud.idp_refusal(
            "AdminSetUserPassword",
            cloud.named("alice", {{"Password", password}, {"Permanent", true}}));
    };
    CHECK(set("Passw0rd!1").starts_with("PasswordHistoryPolicyViolationException 400 "));
    CHECK(set("Passw0rd!2") == "ok");
    CHECK(set("Passw0rd!1").starts_with("PasswordHistoryPolicyViolationException 400 "));
    CHECK(set("Passw0rd!3") == "ok");
    CHECK(set("Passw0rd!1") == "ok");
}

TEST_CASE("in a pool with e-mail as username the username is the sub") {
    user_pool_fixture cloud(
        R"({"UsernameAttributes":["email"],"UsernameConfiguration":{"CaseSensitive":false}})",
        R"({"GenerateSecret":true})");
    CHECK(cloud.idp_refusal("AdminCreateUser", cloud.named("alice")) ==
          "InvalidParameterException 400 Username should be an email.");
    auto const sub = cloud.add_user("alice@example.com", "Passw0rd!");
    auto const shown = cloud.idp("AdminGetUser", cloud.named("alice@example.com"));
    CHECK(text(shown, "Username") == sub);
    CHECK(cloud.attribute(shown, "email") == "alice@example.com");
    CHECK(cloud.idp_refusal("AdminCreateUser", cloud.named("Alice@example.com")) ==
          "UsernameExistsException 400 User account already exists");
    // The hash is over the name that is sent, whatever the user's real one is.
    auto const tokens = cloud.tokens("ALICE@example.com", "Passw0rd!");
    CHECK(text(cloud.claims(text(tokens, "IdToken")), "cognito:username") == sub);
}

TEST_CASE("a verified e-mail address is an alias, and belongs to one user") {
    user_pool_fixture cloud(R"({"AliasAttributes":["email","preferred_username"]})", "{}");
    CHECK(cloud.idp_refusal("AdminCreateUser", cloud.named("a@example.com")) ==
          "InvalidParameterException 400 Username cannot be of email format, since user pool is "
          "configured for email alias.");
    cloud.add_user("alice", "Passw0rd!", {{{"Name", "email"}, {"Value", "a@example.com"}}});
    CHECK(cloud.sign_in_refusal("a@example.com", "Passw0rd!") ==
          "UserNotFoundException 400 User does not exist.");
    cloud.idp("AdminUpdateUserAttributes",
              cloud.named("alice",
                          {{"UserAttributes", {{{"Name", "email_verified"}, {"Value", "true"}}}}}));
    CHECK(cloud.sign_in_refusal("a@example.com", "Passw0rd!") == "ok");

    json::array const claim{{{"Name", "email"}, {"Value", "a@example.com"}},
                            {{"Name", "email_verified"}, {"Value", "true"}}};
    CHECK(cloud.idp_refusal("AdminCreateUser", cloud.named("bob", {{"UserAttributes", claim}})) ==
          "AliasExistsException 400 An account with the given email already exists.");
    CHECK(cloud.idp_refusal("AdminCreateUser",
                            cloud.named("bob", {{"UserAttributes", claim},
                                                {"ForceAliasCreation", true}})) == "ok");
    CHECK(text(cloud.idp("AdminGetUser", cloud.named("a@example.com")), "Username") == "bob");
    CHECK(cloud.attribute(cloud.idp("AdminGetUser", cloud.named("alice")), "email_verified") ==
          "false");
}

TEST_CASE("names are told apart by case unless the pool says otherwise") {
    user_pool_fixture minding;
    minding.add_user("Alice", "Passw0rd!");
    CHECK(minding.sign_in_refusal("alice", "Passw0rd!") ==
          "UserNotFoundException 400 User does not exist.");
    user_pool_fixture folding(R"({"UsernameConfiguration":{"CaseSensitive":false}})", "{}");
    folding.add_user("Alice", "Passw0rd!");
    CHECK(folding.sign_in_refusal("ALICE", "Passw0rd!") == "ok");
    CHECK(folding.idp_refusal("AdminCreateUser", folding.named("aLiCe")) ==
          "UsernameExistsException 400 User account already exists");
}

TEST_CASE("attributes change, and a new address is not verified") {
    user_pool_fixture cloud(
        R"({"Schema":[{"Name":"plan","AttributeDataType":"String","Mutable":false}]})", "{}");
    cloud.add_user("alice", "Passw0rd!",
                   {{{"Name", "email"}, {"Value", "a@example.com"}},
                    {{"Name", "email_verified"}, {"Value", "true"}},
                    {{"Name", "custom:plan"}, {"Value", "free"}},
                    {{"Name", "nickname"}, {"Value", "Al"}}});
    auto const change = [&](char const* name, char const* value) {
        return cloud.idp_refusal(
            "AdminUpdateUserAttributes",
            cloud.named("alice", {{"UserAttributes", {{{"Name", name}, {"Value", value}}}}}));
    };
    auto const shown = [&](char const* name) {
        return cloud.attribute(cloud.idp("AdminGetUser", cloud.named("alice")), name);
    };
    CHECK(change("email", "b@example.com") == "ok");
    CHECK(shown("email") == "b@example.com");
    CHECK(shown("email_verified") == "false");
    CHECK(change("nickname", "") == "ok");
    CHECK(shown("nickname") == "(absent)");
    CHECK(change("custom:plan", "paid") ==
          "InvalidParameterException 400 user.custom:plan: Attribute cannot be updated.\n");
    CHECK(change("sub", "x") ==
          "InvalidParameterException 400 user.sub: Attribute cannot be updated.\n");
    cloud.idp("AdminDeleteUserAttributes",
              cloud.named("alice", {{"UserAttributeNames", {"email"}}}));
    CHECK(shown("email") == "(absent)");
    CHECK(shown("email_verified") == "(absent)");
}

TEST_CASE("users are found by one condition (ListUsers API reference, Filter)") {
    user_pool_fixture cloud;
    cloud.add_user("alice", "Passw0rd!", {{{"Name", "email"}, {"Value", "al@example.com"}}});
    cloud.add_user("alan", "Passw0rd!", {{{"Name", "given_name"}, {"Value", "A \"B\""}}});
    cloud.add_user("bob", "Passw0rd!");
    cloud.idp("AdminDisableUser", cloud.named("bob"));
    CHECK(names(cloud, "") == list{"alan", "alice", "bob"});
    CHECK(names(cloud, R"(username = "alice")") == list{"alice"});
    CHECK(names(cloud, R"(username="alice")") == list{"alice"});
    CHECK(names(cloud, R"("username"="alice")") == list{"alice"});
    CHECK(names(cloud, R"(username ^= "al")") == list{"alan", "alice"});
    CHECK(names(cloud, R"(email ^= "al@")") == list{"alice"});
    CHECK(names(cloud, R"(given_name = "A \"B\"")") == list{"alan"});
    CHECK(names(cloud, R"(status = "Disabled")") == list{"bob"});
    CHECK(names(cloud, R"(status = "disabled")") == list{});
    CHECK(names(cloud, R"(cognito:user_status = "confirmed")") == list{"alan", "alice", "bob"});
    for (auto const* wrong : {"username", "username = alice", R"(username > "a")",
                              R"(username = "a" and email = "b")", R"(custom:x = "a")"}) {
        CAPTURE(wrong);
        CHECK(cloud
                  .idp_refusal("ListUsers",
                               json::object{{"UserPoolId", cloud.pool}, {"Filter", wrong}})
                  .starts_with("InvalidParameterException 400 "));
    }
}

TEST_CASE("users are listed page by page, with the attributes asked for") {
    user_pool_fixture cloud;
    for (auto const* name : {"a", "b", "c"})
        cloud.add_user(name, "Passw0rd!", {{{"Name", "email"}, {"Value", "x@example.com"}}});
    json::object input{
        {"UserPoolId", cloud.pool}, {"Limit", 2}, {"AttributesToGet", json::array{"email"}}};
    auto const first = cloud.idp("ListUsers", input);
    CHECK(first.at("Users").as_array().size() == 2);
    CHECK(first.at("Users").at(0).at("Attributes").as_array().size() == 1);
    input["PaginationToken"] = first.at("PaginationToken");
    auto const second = cloud.idp("ListUsers", input);
    CHECK(second.at("Users").as_array().size() == 1);
    CHECK_FALSE(second.contains("PaginationToken"));
}

TEST_CASE("groups are made, joined, left and deleted") {
    user_pool_fixture cloud;
    cloud.add_user("alice", "Passw0rd!");
    auto const group = [&](std::string_view name, json::object more = {}) {
        more["UserPoolId"] = cloud.pool;
        more["GroupName"] = name;
        return more;
    };
    auto const made = cloud.idp(
        "CreateGroup", group("admins", {{"Description", "all of them"}, {"Precedence", 3}}));
    CHECK(text(made.at("Group").as_object(), "GroupName") == "admins");
    CHECK(json::find_integer(made.at("Group").as_object(), "Precedence") == 3);
    CHECK(cloud.idp_refusal("CreateGroup", group("admins")) ==
          "GroupExistsException 400 A group with the name already exists.");
    CHECK(cloud.idp_refusal("CreateGroup", group("x", {{"Precedence", -1}})) ==
          "InvalidParameterException 400 1 validation error detected: Value '-1' at 'precedence' "
          "failed to satisfy constraint: Member must have value greater than or equal to 0");
    CHECK(cloud.idp_refusal("AdminAddUserToGroup", cloud.named("alice", {{"GroupName", "x"}})) ==
          "ResourceNotFoundException 400 Group not found.");
    cloud.idp("AdminAddUserToGroup", cloud.named("alice", {{"GroupName", "admins"}}));
    cloud.idp("CreateGroup", group("others"));
    CHECK(cloud.idp("ListGroups", json::object{{"UserPoolId", cloud.pool}})
              .at("Groups")
              .as_array()
              .size() == 2);
    auto const of_alice = [&] {
        return cloud.idp("AdminListGroupsForUser", cloud.named("alice"))
            .at("Groups")
            .as_array()
            .size();
    };
    CHECK(of_alice() == 1);
    CHECK(cloud.idp("ListUsersInGroup", group("admins")).at("Users").as_array().size() == 1);
    auto const changed = cloud.idp("UpdateGroup", group("admins", {{"Precedence", 1}}));
    CHECK(text(changed.at("Group").as_object(), "Description") == "all of them");
    cloud.idp("AdminRemoveUserFromGroup", cloud.named("alice", {{"GroupName", "admins"}}));
    CHECK(of_alice() == 0);
    cloud.idp("AdminAddUserToGroup", cloud.named("alice", {{"GroupName", "admins"}}));
    cloud.idp("DeleteGroup", group("admins"));
    CHECK(of_alice() == 0);
    CHECK(cloud.idp_refusal("GetGroup", group("admins")) ==
          "ResourceNotFoundException 400 Group not found.");
}
