#include "cloud/sts/state.hpp"

#include "cloud/stored.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <utility>

namespace cogniot::cloud::sts {

namespace {

constexpr std::string_view credentials_kind = "credentials";

json::object print_principal(principal const& who) {
    json::array session_policies;
    for (auto const& p : who.session_policies)
        session_policies.push_back(
            json::object{{"text", p.text()}, {"managed", p.what_for() == policy::kind::managed}});
    return {{"what", who.what == principal::type::root ? "root" : "role_session"},
            {"arn", who.arn},
            {"user_id", who.user_id},
            {"account", who.account},
            {"role_name", who.role_name},
            {"role_arn", who.role_arn},
            {"session_name", who.session_name},
            {"session_policies", std::move(session_policies)},
            {"identity_id", who.identity_id},
            {"identity_pool_id", who.identity_pool_id},
            {"authenticated", who.authenticated},
            {"amr", stored_texts(who.amr)},
            {"issued", stored_time(who.issued)}};
}

principal read_principal(stored_object& from, std::string_view access_key_id) {
    principal who{.arn = from.text("arn"),
                  .user_id = from.text("user_id"),
                  .account = from.text("account"),
                  .access_key_id = std::string(access_key_id),
                  .role_name = from.text("role_name"),
                  .role_arn = from.text("role_arn"),
                  .session_name = from.text("session_name"),
                  .identity_id = from.text("identity_id"),
                  .identity_pool_id = from.text("identity_pool_id"),
                  .authenticated = from.flag("authenticated"),
                  .amr = from.texts("amr"),
                  .issued = from.time("issued")};
    auto const acts_as = from.text("what");
    if (acts_as == "root")
        who.what = principal::type::root;
    else if (acts_as == "role_session")
        who.what = principal::type::role_session;
    else
        from.note(fail(json::errc::field_mistyped, "field `what`"));
    for (auto& one : from.objects("session_policies")) {
        auto const what = one.flag("managed") ? policy::kind::managed : policy::kind::session;
        if (auto document = one.document("text", what))
            who.session_policies.push_back(std::move(*document));
        if (one.fault())
            from.note(*one.fault());
    }
    return who;
}

} // namespace

result<bool> state::restore(std::string_view kind, std::string_view key, std::string_view value) {
    if (kind != credentials_kind)
        return false;
    auto read = stored_object::parse(kind, key, value);
    if (!read)
        return read.error();
    auto& from = *read;
    issued restored{.access_key_id = std::string(key),
                    .secret_access_key = secret(from.text("secret")),
                    .session_token = secret(from.text("token")),
                    .expiry = from.time("expiry"),
                    .who = std::make_shared<principal const>(read_principal(from, key))};
    if (from.fault())
        return *from.fault();
    credentials.insert_or_assign(restored.access_key_id, std::move(restored));
    return true;
}

record print_record(issued const& c) {
    auto value = print_principal(*c.who);
    value["secret"] = c.secret_access_key.reveal();
    value["token"] = c.session_token.reveal();
    value["expiry"] = stored_time(c.expiry);
    return {std::string(credentials_kind), c.access_key_id, json::print(value)};
}

} // namespace cogniot::cloud::sts
