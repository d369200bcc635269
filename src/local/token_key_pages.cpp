#include "local/token_key_pages.hpp"

#include "base/text.hpp"
#include "cloud/cognito_identity/openid_token.hpp"
#include "cloud/cognito_idp/id_token.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

#include <string>
#include <string_view>

namespace cogniot::local {
namespace {

using published = cloud::outcome<boost::json::object>;

std::optional<published> find_identity_pools_page(cloud::world const& world,
                                                  std::string_view name) {
    if (name == "jwks_uri")
        return cloud::cognito_identity::print_key_set(world.cognito_identity);
    if (name == "openid-configuration")
        return cloud::cognito_identity::openid_configuration();
    return {};
}

std::optional<published> find_user_pool_page(cloud::call& call, std::string_view encoded_pool_id,
                                             std::string_view name) {
    auto const pool_id = percent_decode(encoded_pool_id).value_or("");
    if (name == "jwks.json")
        return cloud::cognito_idp::jwks(call, pool_id);
    if (name == "openid-configuration")
        return cloud::cognito_idp::openid_configuration(call.world, pool_id);
    return {};
}

} // namespace

std::optional<api_answer> answer_token_key_page(api_context& in, net::http_request const& request,
                                                utc_time now) {
    // `/.well-known/NAME` and `/POOL/.well-known/NAME`
    auto const levels = split(request.path(), '/');
    auto const depth = levels.size();
    if (depth < 3 || depth > 4 || levels[depth - 2] != ".well-known" ||
        (request.method != "GET" && request.method != "HEAD"))
        return {};
    api_answer made;
    cloud::principal const anonymous;
    cloud::call call{in.world, now, anonymous, in.world.settings.region, in.random, made.persist};
    auto const found = depth == 3 ? find_identity_pools_page(in.world, levels[2])
                                  : find_user_pool_page(call, levels[1], levels[3]);
    if (!found)
        return {};
    made.response.status = *found ? 200 : 404;
    made.response.headers.add("Content-Type", "application/json");
    made.response.headers.add("access-control-allow-origin", "*");
    made.response.headers.add("Date", print_http(now));
    made.response.body =
        json::print(*found ? **found : boost::json::object{{"message", found->error().message}});
    return made;
}

} // namespace cogniot::local
