// One connection's life as HTTP/1.1: requests are read whole, answered in order, and the first one
// that cannot be understood is the last.
#include "net/deadline.hpp"
#include "net/http_body.hpp"
#include "net/http_head.hpp"
#include "net/http_print.hpp"
#include "net/server.hpp"
#include "net/waiting.hpp"

namespace cogniot::net {

namespace {

using handler = std::function<task<http_answer>(http_request const&, stream&)>;

/// A connection that a handler takes over, with all that belongs to it.
struct handover {
    take_over to;
    http_request request;
    std::string already_read;
};

http_response to_answer(http_fault const& fault) {
    http_response answer;
    answer.status = fault.status;
    answer.headers.add("Content-Type", "text/plain");
    answer.body = fault.why + "\n";
    answer.keep_alive = false;
    return answer;
}

/// What the unfinished requests of this thread's connections hold, so that many peers together hold
/// no more than server_limits::max_held_bytes.
class held_bytes {
  public:
    held_bytes() = default;
    ~held_bytes() { total() -= mine_; }
    held_bytes(held_bytes const&) = delete;
    held_bytes& operator=(held_bytes const&) = delete;

    /// @return false if that is too much for all together
    bool set(std::size_t bytes, std::size_t most) {
        total() += bytes - mine_;
        mine_ = bytes;
        return total() <= most;
    }

  private:
    static std::size_t& total() {
        static thread_local std::size_t all = 0;
        return all;
    }
    std::size_t mine_ = 0;
};

/// Reads requests off one stream. The stream outlives it.
class request_reader {
  public:
    request_reader(stream& from, server_limits limits) : from_(from), limits_(limits) {}

    /// A request, the fault to answer, or nothing when the connection ended.
    using outcome = std::variant<std::monostate, request_head, http_fault>;

    /// Waits for the next head. `limit` is set anew when its first byte arrives.
    task<outcome> read_head(deadline& limit, bool is_first) {
        finder_.reset();
        bool may_skip_line = true;
        for (;;) {
            if (may_skip_line && unread().starts_with("\r\n")) {
                read_ += 2; // RFC 9112 section 2.2: one empty line before a request
                may_skip_line = false;
            }
            auto const found = finder_.look(unread());
            if (auto const* fault = std::get_if<http_fault>(&found))
                co_return *fault;
            auto const* const size = std::get_if<std::size_t>(&found);
            if ((size != nullptr ? *size : unread().size()) > limits_.max_header_bytes)
                co_return http_fault{431, "the header is larger than " +
                                              std::to_string(limits_.max_header_bytes) + " bytes"};
            if (size != nullptr) {
                auto parsed = parse_request_head(unread().substr(0, *size));
                read_ += *size;
                if (auto* fault = std::get_if<http_fault>(&parsed))
                    co_return std::move(*fault);
                co_return std::get<request_head>(std::move(parsed));
            }
            bool const was_idle = unread().empty();
            auto const fault = co_await receive(0);
            if (fault && fault->status == 0)
                co_return std::monostate();
            if (fault)
                co_return *fault;
            if (was_idle && !is_first)
                limit.set(limits_.handshake_timeout);
        }
    }

    /// Reads the body of `head` into its request. @return a fault if that fails; its status is 0 if
    /// the connection ended.
    task<std::optional<http_fault>> read_body(request_head& head) {
        body_decoder decoder(head.framing, limits_.max_body_bytes);
        bool may_continue = head.expects_continue;
        for (;;) {
            auto bytes = unread();
            auto const state = decoder.decode(bytes, head.request.body);
            read_ = buffer_.size() - bytes.size();
            switch (state) {
            case body_decoder::state::done:
                co_return std::nullopt;
            case body_decoder::state::malformed:
                co_return http_fault{400, "the chunks of the body are malformed"};
            case body_decoder::state::too_large:
                co_return http_fault{413, "the body is larger than " +
                                              std::to_string(limits_.max_body_bytes) + " bytes"};
            case body_decoder::state::more:
                break;
            }
            if (may_continue) {
                may_continue = false;
                auto const told = co_await from_.write("HTTP/1.1 100 Continue\r\n\r\n");
                if (!told)
                    co_return http_fault{0, {}};
            }
            auto fault = co_await receive(head.request.body.capacity());
            if (fault)
                co_return fault;
        }
    }

    /// What has arrived beyond the requests that were read.
    std::string take_rest() {
        auto rest = std::move(buffer_);
        rest.erase(0, read_);
        return rest;
    }

    /// Forgets all that was read.
    void drop() {
        std::string().swap(buffer_);
        read_ = 0;
        held_.set(0, limits_.max_held_bytes);
    }

  private:
    std::string_view unread() const { return std::string_view(buffer_).substr(read_); }

    /// Waits for more bytes. @param beside  what else this request holds
    task<std::optional<http_fault>> receive(std::size_t beside) {
        if (unread().empty())
            std::string().swap(buffer_); // an idle connection holds no buffer
        else
            buffer_.erase(0, read_);
        read_ = 0;
        held_.set(buffer_.capacity() + beside, limits_.max_held_bytes);
        auto const got = co_await from_.read_shared();
        if (!got || got->empty())
            co_return http_fault{0, {}};
        buffer_.append(got->data(), got->size());
        if (!held_.set(buffer_.capacity() + beside, limits_.max_held_bytes))
            co_return http_fault{503, "too many large requests at once"};
        co_return std::nullopt;
    }

    stream& from_;
    server_limits limits_;
    std::string buffer_;
    std::size_t read_ = 0; // of buffer_
    held_bytes held_;
    head_finder finder_;
};

/// Serves requests until the connection ends or a handler takes it over.
task<std::optional<handover>> serve_requests(stream& peer, server_limits limits,
                                             handler const& handle) {
    auto const executor = co_await boost::asio::this_coro::executor;
    deadline limit(executor, [&peer] { peer.abort(); });
    request_reader reader(peer, limits);
    for (bool is_first = true;; is_first = false) {
        if (is_first)
            limit.set(peer.opened() + limits.handshake_timeout);
        else
            limit.set(limits.idle_timeout);
        auto read = co_await reader.read_head(limit, is_first);
        if (std::holds_alternative<std::monostate>(read))
            co_return std::nullopt;
        auto* const head = std::get_if<request_head>(&read);
        std::optional<http_fault> fault;
        if (head == nullptr) {
            fault = std::get<http_fault>(std::move(read));
        } else {
            limit.set(limits.body_timeout);
            fault = co_await reader.read_body(*head);
        }
        if (fault && fault->status == 0)
            co_return std::nullopt;
        if (fault) {
            read = std::monostate();
            reader.drop(); // the goodbye may take a while
            limit.set(limits.body_timeout);
            auto const text = print_response(to_answer(*fault), "GET");
            co_await peer.write(text);
            co_await peer.shutdown();
            co_return std::nullopt;
        }
        limit.clear();
        auto& request = head->request;
        auto handling = handle(request, peer);
        auto answer = co_await std::move(handling);
        if (auto* to = std::get_if<take_over>(&answer))
            co_return handover{std::move(*to), std::move(request), reader.take_rest()};
        auto& response = std::get<http_response>(answer);
        response.keep_alive = response.keep_alive && request.keep_alive;
        auto const text = print_response(response, request.method, head->is_http_1_0);
        limit.set(limits.body_timeout);
        auto const written = co_await peer.write(text);
        if (!written)
            co_return std::nullopt;
        if (!response.keep_alive) {
            co_await peer.shutdown();
            co_return std::nullopt;
        }
    }
}

} // namespace

task<void> serve_http(stream_ptr peer, server_limits limits, handler handle) {
    auto serving = serve_requests(*peer, limits, handle);
    auto taken = co_await std::move(serving);
    if (!taken)
        co_return;
    auto run = std::move(taken->to.run);
    auto taking_over =
        run(std::move(peer), std::move(taken->request), std::move(taken->already_read));
    taken.reset();
    co_await std::move(taking_over);
}

task<result<void>> begin_event_stream(stream& to) {
    return to.write("HTTP/1.1 200 OK\r\n"
                    "Content-Type: text/event-stream\r\n"
                    "Cache-Control: no-store\r\n"
                    "Connection: close\r\n"
                    "\r\n");
}

} // namespace cogniot::net
