#include "base/utc_time.hpp"

#include <array>
#include <utility>

namespace cogniot {
namespace {

using namespace std::chrono;

struct parts {
    int year, month, day, hour, minute, second, millisecond, weekday;
};

parts split_time(utc_time at) {
    auto const day = floor<days>(at);
    year_month_day const date{day};
    hh_mm_ss<milliseconds> const time{at - day};
    return {static_cast<int>(date.year()),
            static_cast<int>(static_cast<unsigned>(date.month())),
            static_cast<int>(static_cast<unsigned>(date.day())),
            static_cast<int>(time.hours().count()),
            static_cast<int>(time.minutes().count()),
            static_cast<int>(time.seconds().count()),
            static_cast<int>(time.subseconds().count()),
            static_cast<int>(weekday{day}.c_encoding())};
}

/// Numbers of a fixed width and literal characters, one after the other. By hand: printf costs a
/// microsecond, and every log line and every connection needs instants as text.
class writer {
  public:
    /// The last `width` digits; years before 0 and after 9999 have no spelling.
    writer& number(int value, std::size_t width) {
        out_.append(width, '0');
        for (auto at = out_.size(); width > 0 && value > 0; --width, value /= 10)
            out_[--at] = static_cast<char>('0' + value % 10);
        return *this;
    }
    writer& literal(std::string_view text) {
        out_ += text;
        return *this;
    }
    std::string done() { return std::move(out_); }

  private:
    std::string out_;
};

constexpr std::array<char const*, 7> weekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<char const*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// `2026-01-02`
writer& print_date(writer& to, parts const& p) {
    return to.number(p.year, 4).literal("-").number(p.month, 2).literal("-").number(p.day, 2);
}

/// `03:04:05`
writer& print_time(writer& to, parts const& p) {
    return to.number(p.hour, 2).literal(":").number(p.minute, 2).literal(":").number(p.second, 2);
}

/// Reads fixed-width numbers and literal characters from the front of a text.
class reader {
  public:
    explicit reader(std::string_view text) : text_(text) {}

    bool number(std::size_t width, int& into) {
        if (text_.size() < width)
            return false;
        into = 0;
        for (char c : text_.substr(0, width)) {
            if (c < '0' || c > '9')
                return false;
            into = into * 10 + (c - '0');
        }
        text_.remove_prefix(width);
        return true;
    }
    bool literal(std::string_view expected) {
        if (!text_.starts_with(expected))
            return false;
        text_.remove_prefix(expected.size());
        return true;
    }
    bool digit_ahead() const { return !text_.empty() && text_[0] >= '0' && text_[0] <= '9'; }
    bool done() const { return text_.empty(); }

  private:
    std::string_view text_;
};

std::optional<utc_time> join(int y, int mo, int d, int h, int mi, int s) {
    year_month_day const date{year{y}, month{static_cast<unsigned>(mo)},
                              day{static_cast<unsigned>(d)}};
    if (!date.ok() || h > 23 || mi > 59 || s > 60)
        return {};
    return sys_days{date} + hours{h} + minutes{mi} + seconds{s};
}

} // namespace

std::int64_t epoch_seconds(utc_time at) {
    return floor<seconds>(at).time_since_epoch().count();
}

std::string print_basic(utc_time at) {
    auto const p = split_time(at);
    writer out;
    out.number(p.year, 4).number(p.month, 2).number(p.day, 2).literal("T");
    out.number(p.hour, 2).number(p.minute, 2).number(p.second, 2).literal("Z");
    return out.done();
}

std::string print_extended(utc_time at) {
    auto const p = split_time(at);
    writer out;
    print_date(out, p).literal("T");
    print_time(out, p).literal("Z");
    return out.done();
}

std::string print_log(utc_time at) {
    auto const p = split_time(at);
    writer out;
    print_date(out, p).literal(" ");
    print_time(out, p).literal(".").number(p.millisecond, 3);
    return out.done();
}

std::string print_http(utc_time at) {
    auto const p = split_time(at);
    writer out;
    out.literal(weekdays[static_cast<std::size_t>(p.weekday)]).literal(", ").number(p.day, 2);
    out.literal(" ").literal(months[static_cast<std::size_t>(p.month - 1)]).literal(" ");
    out.number(p.year, 4).literal(" ");
    print_time(out, p).literal(" GMT");
    return out.done();
}

std::optional<utc_time> parse_basic(std::string_view text) {
    reader in(text);
    int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
    if (!in.number(4, y) || !in.number(2, mo) || !in.number(2, d) || !in.literal("T") ||
        !in.number(2, h) || !in.number(2, mi) || !in.number(2, s) || !in.literal("Z") || !in.done())
        return {};
    return join(y, mo, d, h, mi, s);
}

std::optional<utc_time> parse_extended(std::string_view text) {
    reader in(text);
    int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
    if (!in.number(4, y) || !in.literal("-") || !in.number(2, mo) || !in.literal("-") ||
        !in.number(2, d))
        return {};
    if (in.done())
        return join(y, mo, d, 0, 0, 0);
    if (!(in.literal("T") || in.literal("t") || in.literal(" ")) || !in.number(2, h) ||
        !in.literal(":") || !in.number(2, mi))
        return {};
    if (in.literal(":") && !in.number(2, s))
        return {};
    int thousandths = 0;
    if (in.literal(".")) {
        if (!in.digit_ahead())
            return {};
        for (int weight = 100, digit = 0; in.digit_ahead(); weight /= 10) {
            in.number(1, digit);
            thousandths += digit * weight;
        }
    }
    minutes offset{0};
    if (!(in.literal("Z") || in.literal("z"))) {
        int const sign = in.literal("-") ? -1 : in.literal("+") ? 1 : 0;
        int oh = 0, om = 0;
        if (sign == 0 || !in.number(2, oh) || (in.literal(":"), !in.number(2, om)))
            return {};
        offset = sign * (hours{oh} + minutes{om});
    }
    auto const at = join(y, mo, d, h, mi, s);
    if (!at || !in.done())
        return {};
    return *at + milliseconds{thousandths} - offset;
}

std::optional<utc_time> parse_http(std::string_view text) {
    if (text.size() < 5)
        return {};
    reader in(text.substr(5));
    int d = 0, mo = 0, y = 0, h = 0, mi = 0, s = 0;
    if (!in.number(2, d) || !in.literal(" "))
        return {};
    while (mo < 12 && !in.literal(months[static_cast<std::size_t>(mo)]))
        ++mo;
    if (mo == 12 || !in.literal(" ") || !in.number(4, y) || !in.literal(" ") || !in.number(2, h) ||
        !in.literal(":") || !in.number(2, mi) || !in.literal(":") || !in.number(2, s) ||
        !in.literal(" GMT") || !in.done())
        return {};
    return join(y, mo + 1, d, h, mi, s);
}

} // namespace cogniot
