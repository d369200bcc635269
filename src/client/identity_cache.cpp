#include "client/identity_cache.hpp"

#include "base/read_file.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "json/parse.hpp"

#include <boost/json.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cogniot::client {
namespace {

/// Members named like the fields; the key is stored whole so that a collision cannot mix users up.
json::object to_json(identity_key const& key, remembered_identity const& what) {
    json::array policies;
    for (auto const& name : what.policies)
        policies.emplace_back(name);
    return {{"endpoint", key.endpoint},    {"identity_pool_id", key.identity_pool_id},
            {"provider", key.provider},    {"sub", key.sub},
            {"identity_id", what.id.text}, {"policies", std::move(policies)}};
}

std::optional<remembered_identity> from_json(identity_key const& key, json::object const& in) {
    if (json::find_string(in, "endpoint") != key.endpoint ||
        json::find_string(in, "identity_pool_id") != key.identity_pool_id ||
        json::find_string(in, "provider") != key.provider ||
        json::find_string(in, "sub") != key.sub)
        return {};
    auto const id = json::find_string(in, "identity_id");
    if (!id || id->empty())
        return {};
    remembered_identity out{.id = {std::string(*id)}, .policies = {}};
    if (auto const* policies = json::find_array(in, "policies"))
        for (auto const& name : *policies)
            if (name.is_string())
                out.policies.emplace(name.get_string());
    return out;
}

/// Writes beside and renames, so that a reader sees the old or the new file, whole.
void replace_file(std::filesystem::path const& path, std::string const& text) {
    std::error_code ignored;
    std::filesystem::create_directories(path.parent_path(), ignored);
    ::chmod(path.parent_path().c_str(), 0700);
    auto const beside = path.string() + "." + std::to_string(::getpid());
    int const fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    auto const written = ::write(fd, text.data(), text.size());
    bool const is_whole = written == static_cast<ssize_t>(text.size());
    if (::close(fd) != 0 || !is_whole || ::rename(beside.c_str(), path.c_str()) != 0)
        ::unlink(beside.c_str());
}

} // namespace

std::filesystem::path identity_cache::path_of(identity_key const& key) const {
    auto const whole =
        key.endpoint + '\n' + key.identity_pool_id + '\n' + key.provider + '\n' + key.sub;
    return *directory_ / "identities" / (encode_hex(crypto::sha256(whole).view()) + ".json");
}

std::optional<remembered_identity> identity_cache::find(identity_key const& key) {
    if (auto const at = known_.find(key); at != known_.end())
        return at->second;
    if (!directory_)
        return {};
    auto const text = read_file(path_of(key));
    if (!text)
        return {};
    auto const parsed = json::parse_object(*text);
    if (!parsed)
        return {};
    auto found = from_json(key, *parsed);
    if (found)
        known_.emplace(key, *found);
    return found;
}

void identity_cache::keep(identity_key const& key, remembered_identity what) {
    if (directory_)
        replace_file(path_of(key), json::print(to_json(key, what)) + "\n");
    known_.insert_or_assign(key, std::move(what));
}

void identity_cache::forget(identity_key const& key) {
    known_.erase(key);
    if (directory_) {
        std::error_code ignored;
        std::filesystem::remove(path_of(key), ignored);
    }
}

} // namespace cogniot::client
