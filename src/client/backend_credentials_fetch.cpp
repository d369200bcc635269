#include "client/backend_credentials_fetch.hpp"

namespace cogniot::client {
namespace {

/// Starts the right coroutine; a visitor of its own keeps each branch one line.
struct start {
    fetch_context with;

    net::task<result<found_credentials>> operator()(static_keys how) const { return give(how); }
    net::task<result<found_credentials>> operator()(assume_role how) const {
        return fetch_from_role(with, std::move(how));
    }
    net::task<result<found_credentials>> operator()(web_identity how) const {
        return fetch_from_web_identity(with, std::move(how));
    }
    net::task<result<found_credentials>> operator()(credential_process how) const {
        return fetch_from_process(with, std::move(how));
    }
    net::task<result<found_credentials>> operator()(container_endpoint how) const {
        return fetch_from_container(with, std::move(how));
    }
    net::task<result<found_credentials>> operator()(instance_metadata how) const {
        return fetch_from_metadata(with, std::move(how));
    }

  private:
    static net::task<result<found_credentials>> give(static_keys how) {
        co_return std::move(how.found);
    }
};

} // namespace

net::task<result<found_credentials>> fetch_credentials(fetch_context with,
                                                       credential_source source) {
    auto found = co_await std::visit(start{with}, source.how);
    if (!found)
        co_return error{found.error().code, source.name + ": " + found.error().detail};
    found->source = source.name;
    co_return found;
}

} // namespace cogniot::client
