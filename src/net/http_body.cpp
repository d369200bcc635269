#include "net/http_body.hpp"

#include <algorithm>
#include <charconv>

namespace cogniot::net {

namespace {

/// A chunk's size with its extensions, or one trailer field.
constexpr std::size_t max_line = 1024;
constexpr std::size_t max_trailer = 8 * 1024;

} // namespace

body_decoder::body_decoder(http_framing framing, std::uint64_t max_bytes)
    : framing_(framing), max_bytes_(max_bytes) {}

body_decoder::state body_decoder::decode(std::string_view& bytes, std::string& out) {
    switch (framing_.by) {
    case http_framing::kind::none:
        return state::done;
    case http_framing::kind::length: {
        if (framing_.length > max_bytes_)
            return state::too_large;
        auto const take = std::min<std::uint64_t>(framing_.length - received_, bytes.size());
        out.append(bytes.substr(0, take));
        bytes.remove_prefix(take);
        received_ += take;
        return received_ == framing_.length ? state::done : state::more;
    }
    case http_framing::kind::until_end:
        if (bytes.size() > max_bytes_ - received_)
            return state::too_large;
        received_ += bytes.size();
        out.append(bytes);
        bytes = {};
        return state::more;
    case http_framing::kind::chunked:
        return decode_chunks(bytes, out);
    }
    return state::malformed;
}

body_decoder::state body_decoder::end_of_connection() const {
    return framing_.by == http_framing::kind::until_end ? state::done : state::malformed;
}

/// Collects a line into line_. @return false if it is not whole yet
bool body_decoder::take_line(std::string_view& bytes) {
    auto const end = bytes.find('\n');
    auto const take = end == std::string_view::npos ? bytes.size() : end + 1;
    line_.append(bytes.substr(0, std::min(take, max_line + 1)));
    bytes.remove_prefix(take);
    return end != std::string_view::npos;
}

body_decoder::state body_decoder::decode_chunks(std::string_view& bytes, std::string& out) {
    while (!bytes.empty() && at_ != part::finished) {
        if (at_ == part::data) {
            auto const take = std::min<std::uint64_t>(left_in_chunk_, bytes.size());
            out.append(bytes.substr(0, take));
            bytes.remove_prefix(take);
            left_in_chunk_ -= take;
            if (left_in_chunk_ == 0)
                at_ = part::data_end;
            continue;
        }
        bool const whole = take_line(bytes);
        auto const carriage_return = line_.find('\r');
        if (line_.size() > max_line ||
            (carriage_return < line_.size() - 1 && line_[carriage_return + 1] != '\n'))
            return state::malformed; // too long, or a carriage return that ends no line
        if (!whole) {
            if (at_ == part::data_end && !line_.starts_with('\r'))
                return state::malformed;
            break;
        }
        if (!line_.ends_with("\r\n"))
            return state::malformed;
        line_.resize(line_.size() - 2);
        if (at_ == part::data_end) {
            if (!line_.empty())
                return state::malformed;
            at_ = part::size_line;
        } else if (at_ == part::size_line) {
            if (auto const read = read_size_line(); read != state::more)
                return read;
        } else if (line_.empty()) {
            at_ = part::finished;
        } else {
            // Trailer fields are checked and dropped: nothing here asks for them.
            trailer_bytes_ += line_.size();
            auto const colon = line_.find(':');
            if (trailer_bytes_ > max_trailer || colon == std::string::npos ||
                !is_http_token(std::string_view(line_).substr(0, colon)))
                return state::malformed;
        }
        line_.clear();
    }
    return at_ == part::finished ? state::done : state::more;
}

/// `1A;name=value`: hexadecimal digits and nothing else before the `;`.
body_decoder::state body_decoder::read_size_line() {
    std::string_view const line = line_;
    auto const digits = line.substr(0, line.find(';'));
    std::uint64_t size = 0;
    auto const* const end = digits.data() + digits.size();
    auto const [stop, ec] = std::from_chars(digits.data(), end, size, 16);
    if (digits.empty() || digits.size() > 15 || ec != std::errc() || stop != end)
        return state::malformed;
    for (char const c : line.substr(digits.size()))
        if ((static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7F)
            return state::malformed;
    if (size > max_bytes_ - received_)
        return state::too_large;
    received_ += size;
    left_in_chunk_ = size;
    at_ = size == 0 ? part::trailer : part::data;
    return state::more;
}

} // namespace cogniot::net
