#include "net/http_exchange.hpp"

#include "base/text.hpp"
#include "net/http_body.hpp"
#include "net/http_head.hpp"

#include <limits>

namespace cogniot::net {

namespace {

error lost_early() {
    return fail(errc::connection_lost, "the server ended the connection before its answer");
}

/// Reads one head off the stream, skipping interim answers (RFC 9110 section 15.2) but 101.
task<result<response_head>> read_answer_head(stream& from, std::string& buffer,
                                             std::string const& method, bool& begun) {
    head_finder finder;
    for (;;) {
        auto const found = finder.look(buffer);
        if (auto const* fault = std::get_if<http_fault>(&found))
            co_return fail(errc::not_http, "the answer cannot be read: " + fault->why + ": `" +
                                               printable(buffer, 60) + "`");
        auto const* const size = std::get_if<std::size_t>(&found);
        if ((size != nullptr ? *size : buffer.size()) > max_answer_header_bytes)
            co_return fail(errc::http_too_large, "the answer's header is larger than 64 KiB");
        if (size != nullptr) {
            auto parsed = parse_response_head(std::string_view(buffer).substr(0, *size), method);
            if (auto const* fault = std::get_if<http_fault>(&parsed))
                co_return fail(errc::not_http, "the answer cannot be read: " + fault->why + ": `" +
                                                   printable(buffer, 60) + "`");
            buffer.erase(0, *size);
            finder.reset();
            auto& head = std::get<response_head>(parsed);
            if (head.response.status / 100 == 1 && head.response.status != 101)
                continue;
            co_return std::move(head);
        }
        auto const got = co_await from.read_shared();
        if (!got && got.error().code != make_error_code(errc::end_of_stream))
            co_return got.error();
        if (!got || got->empty())
            co_return lost_early();
        begun = true;
        buffer.append(got->data(), got->size());
    }
}

} // namespace

task<result<exchange_result>> exchange(stream& over, std::string text, std::string method,
                                       body_sink sink, std::shared_ptr<bool> answer_begun) {
    auto const written = co_await over.write(text);
    // A server may refuse a request before it has read it whole: its answer is worth more than
    // "connection lost". If there is none, reading fails too.
    if (!written && written.error().code != make_error_code(errc::connection_lost))
        co_return written.error();

    std::string buffer;
    auto reading = read_answer_head(over, buffer, method, *answer_begun);
    auto head = co_await std::move(reading);
    if (!head)
        co_return written ? head.error() : written.error();
    exchange_result made;
    made.response = std::move(head->response);
    if (made.response.status == 101) {
        made.beyond = std::move(buffer);
        co_return made;
    }
    auto const most = sink ? std::numeric_limits<std::uint64_t>::max() / 2 : max_answer_body_bytes;
    body_decoder decoder(head->framing, most);
    auto& body = made.response.body;
    bool wanted = true;
    for (bool ended = false;;) {
        std::string_view bytes = buffer;
        auto const state = ended ? decoder.end_of_connection() : decoder.decode(bytes, body);
        buffer.erase(0, buffer.size() - bytes.size());
        if (sink && !body.empty()) {
            wanted = sink(body);
            body.clear();
        }
        if (state == body_decoder::state::done || !wanted) {
            made.reusable = wanted && written && made.response.keep_alive && buffer.empty();
            co_return made;
        }
        if (state == body_decoder::state::too_large)
            co_return fail(errc::http_too_large, "the answer's body is larger than 16 MiB");
        if (state == body_decoder::state::malformed)
            co_return ended ? lost_early()
                            : fail(errc::not_http, "the chunks of the answer are malformed");
        auto const got = co_await over.read_shared();
        // A TLS connection that ends without close_notify is as good as ended where only the end of
        // the connection could say so; otherwise the length tells that something is missing.
        if (!got && got.error().code != make_error_code(errc::connection_lost) &&
            got.error().code != make_error_code(errc::end_of_stream))
            co_return got.error();
        ended = !got || got->empty();
        if (!ended)
            buffer.append(got->data(), got->size());
    }
}

} // namespace cogniot::net
