#include "local/user_pool_pages.hpp"

#include "base/text.hpp"
#include "cloud/cognito_idp/id_token.hpp"

#include <boost/json.hpp>

#include <string>
#include <string_view>

namespace cogniot::local {

std::optional<api_answer> answer_user_pool_page(api_context& in, net::http_request const& request,
                                                utc_time now) {
    auto const levels = split(request.path(), '/');
    if (levels.size() != 4 || levels[2] != ".well-known" ||
        (request.method != "GET" && request.method != "HEAD"))
        return {};
    bool const is_keys = levels[3] == "jwks.json";
    if (!is_keys && levels[3] != "openid-configuration")
        return {};
    auto const pool_id = percent_decode(levels[1]).value_or("");
    api_answer made;
    cloud::principal const anonymous;
    cloud::call call{in.world, now, anonymous, in.world.settings.region, in.random, made.persist};
    auto const page = is_keys ? cloud::cognito_idp::jwks(call, pool_id)
                              : cloud::cognito_idp::openid_configuration(in.world, pool_id);
    made.response.status = page ? 200 : 404;
    made.response.headers.add("Content-Type", "application/json");
    made.response.headers.add("access-control-allow-origin", "*");
    made.response.headers.add("Date", print_http(now));
    made.response.body = boost::json::serialize(
        page ? *page : boost::json::object{{"message", page.error().message}});
    return made;
}

} // namespace cogniot::local
