#include "cli/policy_files.hpp"

#include "base/read_file.hpp"
#include "policy/arn.hpp"
#include "policy/compiled.hpp"

#include <algorithm>
#include <cerrno>
#include <map>

namespace cogniot::cli {
namespace {

constexpr std::size_t max_file_bytes = 16u << 20;

} // namespace

result<std::string> read_text_file(std::string const& path) {
    auto text = read_file(path);
    if (!text)
        return error{text.error().code, "`" + path + "` cannot be read"};
    if (text->size() > max_file_bytes)
        return error{{EFBIG, boost::system::system_category()}, "`" + path + "` is too large"};
    return text;
}

result<policy::document> read_policy_file(std::string const& path, policy::kind what) {
    auto const text = read_text_file(path);
    if (!text)
        return text.error();
    policy::complaint why;
    auto parsed = policy::document::parse(*text, what, &why);
    if (parsed)
        return parsed;
    return cogniot::fail(why.what, path + ":" + std::to_string(why.at.line) + ":" +
                                       std::to_string(why.at.column) + ": " + why.advice);
}

result<policy_files> read_policy_files(std::span<std::string const> paths, policy::kind what) {
    policy_files out;
    for (auto const& path : paths) {
        if (std::any_of(out.begin(), out.end(), [&](auto const& o) { return o.first == path; }))
            return error{{EINVAL, boost::system::system_category()},
                         "`" + path + "` is given twice"};
        auto read = read_policy_file(path, what);
        if (!read)
            return read.error();
        out.emplace_back(path, std::move(*read));
    }
    return out;
}

std::optional<std::string> most_named(std::span<std::string const> all) {
    std::map<std::string_view, std::size_t> seen;
    for (auto const& each : all)
        ++seen[each];
    std::optional<std::string> best;
    std::size_t count = 0;
    for (auto const& [text, times] : seen) {
        if (times == count)
            best.reset();
        if (times > count) {
            best = text;
            count = times;
        }
    }
    return best;
}

std::optional<std::string> find_account(std::span<policy_files const> all) {
    std::vector<std::string> named;
    for (auto const& files : all)
        for (auto const& [path, document] : files)
            for (auto const& s : document.inside().statements)
                for (auto const& resource : s.resources)
                    if (auto const account = policy::account_of(resource.written);
                        policy::is_account(account))
                        named.emplace_back(account);
    return most_named(named);
}

} // namespace cogniot::cli
