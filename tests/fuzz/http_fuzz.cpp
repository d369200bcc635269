// Bytes that claim to be HTTP/1.1 requests: whether they arrive at once or bit by bit, they are the
// same requests or the same refusal; and whatever signature they show is read without harm. The
// first byte says how they are split.
#include "net/http_body.hpp"
#include "net/http_head.hpp"
#include "sigv4/sigv4.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

using namespace cogniot;

namespace {

constexpr std::uint64_t max_body_bytes = 1 << 16;

/// Everything that was understood, one text a message, and how it ended.
std::vector<std::string> read_requests(std::string_view bytes, std::size_t step) {
    std::vector<std::string> seen;
    std::string arrived;
    net::head_finder finder;
    std::optional<net::request_head> head;
    std::optional<net::body_decoder> decoder;
    std::string body;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size()))) {
        arrived += bytes.substr(0, step);
        for (bool moved = true; moved;) {
            moved = false;
            if (!head) {
                auto const looked = finder.look(arrived);
                if (std::holds_alternative<net::http_fault>(looked))
                    return seen.emplace_back("refused"), seen;
                auto const* size = std::get_if<std::size_t>(&looked);
                if (size == nullptr)
                    break;
                auto parsed = net::parse_request_head(std::string_view(arrived).substr(0, *size));
                if (auto const* fault = std::get_if<net::http_fault>(&parsed)) {
                    seen.push_back("refused " + std::to_string(fault->status));
                    return seen;
                }
                head = std::get<net::request_head>(std::move(parsed));
                decoder.emplace(head->framing, max_body_bytes);
                arrived.erase(0, *size);
                finder.reset();
            }
            std::string_view rest = arrived;
            auto const state = decoder->decode(rest, body);
            arrived.erase(0, arrived.size() - rest.size());
            if (state == net::body_decoder::state::malformed ||
                state == net::body_decoder::state::too_large)
                return seen.emplace_back("refused body"), seen;
            if (state == net::body_decoder::state::more)
                break;
            auto const& request = head->request;
            (void)sigv4::read_presented({request.method, std::string(request.path()),
                                         std::string(request.query()), request.headers.fields(),
                                         body});
            seen.push_back(request.method + ' ' + request.target + ' ' + body);
            head.reset();
            body.clear();
            moved = true;
        }
    }
    return seen;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0)
        return 0;
    std::string_view const bytes(reinterpret_cast<char const*>(data) + 1, size - 1);
    if (read_requests(bytes, bytes.size() + 1) != read_requests(bytes, 1 + data[0] % 16))
        std::abort();
    return 0;
}
