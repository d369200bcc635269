// Records in a map: for --ephemeral and tests. What SQLite would answer, without a disk.
#include "store/store.hpp"

#include <map>
#include <string>
#include <utility>

namespace cogniot::store {
namespace {

class memory_store final : public store {
  public:
    result<void>
    load(std::function<void(std::string_view, std::string_view, std::string_view)> each) override {
        for (auto const& [name, value] : records_)
            each(name.first, name.second, value);
        return {};
    }

    result<void> commit(std::span<record const> batch) override {
        for (auto const& one : batch) {
            if (one.value)
                records_.insert_or_assign({one.kind, one.key}, *one.value);
            else
                records_.erase({one.kind, one.key});
        }
        return {};
    }

  private:
    std::map<std::pair<std::string, std::string>, std::string> records_;
};

/// Nobody reads an ephemeral cloud's records again: keeping them would only cost memory.
class forgetful_store final : public store {
  public:
    result<void>
    load(std::function<void(std::string_view, std::string_view, std::string_view)>) override {
        return {};
    }
    result<void> commit(std::span<record const>) override { return {}; }
};

} // namespace

std::unique_ptr<store> open_memory() {
    return std::make_unique<memory_store>();
}
std::unique_ptr<store> open_nothing() {
    return std::make_unique<forgetful_store>();
}

} // namespace cogniot::store
