// The APIs of the five steps on loopback, answering what a test wrote down and counting what is
// asked: an HTTP peer for tests of the client's shell.
#pragma once

#include "base/text.hpp"
#include "net/server.hpp"
#include "net/task.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cogniot::test {

class scripted_cloud {
  public:
    explicit scripted_cloud(net::loop& loop) : group_(loop) {
        auto opened = net::listener::open(loop, "127.0.0.1", 0);
        listener_ = std::move(opened.value());
        group_.spawn([this] {
            return listener_->run_accepting(
                group_, net::tls_use::never, nullptr, {}, [this](net::stream_ptr stream) {
                    ++connections_;
                    return net::serve_http(std::move(stream), {},
                                           [this](net::http_request const& request,
                                                  net::stream const&) { return answer(request); });
                });
        });
    }

    /// What `operation` answers next; the last one stays. AttachPolicy is known by its path.
    void on(std::string const& operation, int status, std::string body) {
        scripts_[operation].push_back({.status = status, .body = std::move(body)});
    }
    /// Forgets what was written down for `operation`.
    void forget(std::string const& operation) { scripts_[operation].clear(); }
    /// The usual answers of a user whose identity is `identity`.
    void on_article(std::string const& identity) {
        on("InitiateAuth", 200, tokens());
        on("GetId", 200, R"({"IdentityId":")" + identity + "\"}");
        on("GetCredentialsForIdentity", 200, credentials(identity, 1'767'400'000));
        on("AttachPolicy", 200, "");
    }
    static std::string tokens() {
        return R"({"AuthenticationResult":{"AccessToken":"a","RefreshToken":"r","IdToken":"e30.)" +
               encode_base64url(R"({"sub":"s","cognito:username":"alice","iat":1000,"exp":4600,)"
                                R"("iss":"https://cognito-idp.r.amazonaws.com/r_x"})") +
               R"(.c2ln"}})";
    }
    static std::string credentials(std::string const& identity, long expires) {
        return R"({"IdentityId":")" + identity +
               R"(","Credentials":{"AccessKeyId":"ASIA","SecretKey":"s","SessionToken":"t","Expiration":)" +
               std::to_string(expires) + "}}";
    }

    std::vector<std::string> const& asked() const { return asked_; }
    std::size_t connections() const { return connections_; }
    /// Called when a request has arrived, before it is answered.
    std::function<void(std::string const& operation)> on_request{};
    /// Sent as the Date header of every answer.
    std::string date{};
    /// Authorization headers of the signed calls.
    std::vector<std::string> signatures{};

    net::base_url where() const {
        return {.at = {.tls = false, .host = "127.0.0.1", .port = listener_->local().port},
                .path = {}};
    }
    net::task<void> stop() {
        listener_->close();
        group_.cancel();
        return group_.join();
    }

  private:
    struct scripted {
        int status = 200;
        std::string body{};
    };

    net::task<net::http_answer> answer(net::http_request const& request) {
        auto const target = request.headers.find("X-Amz-Target");
        std::string operation = target ? std::string(target->substr(target->find('.') + 1))
                                       : std::string("AttachPolicy");
        asked_.push_back(operation);
        if (on_request)
            on_request(operation);
        if (auto const signature = request.headers.find("Authorization"))
            signatures.emplace_back(*signature);
        net::http_response out;
        auto& script = scripts_[operation];
        if (script.empty()) {
            out.status = 500;
        } else {
            out.status = script.front().status;
            out.body = script.front().body;
            if (script.size() > 1)
                script.pop_front();
        }
        if (!date.empty())
            out.headers.add("Date", date);
        co_return out;
    }

    std::map<std::string, std::deque<scripted>> scripts_;
    std::vector<std::string> asked_;
    std::size_t connections_ = 0;
    net::task_group group_;
    std::unique_ptr<net::listener> listener_;
};

} // namespace cogniot::test
