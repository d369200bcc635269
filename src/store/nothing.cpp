// The store of --ephemeral: nobody reads an ephemeral cloud's records again, keeping them would
// only cost memory.
#include "store/store.hpp"

namespace cogniot::store {
namespace {

class forgetful_store final : public store {
  public:
    result<void>
    load(std::function<void(std::string_view, std::string_view, std::string_view)>) override {
        return {};
    }
    result<void> read(std::string_view, std::string_view, std::string_view,
                      std::function<bool(std::string_view, std::string_view)> const&) override {
        return {};
    }
    bool keeps() const override { return false; }
    result<void> commit(std::span<record const>) override { return {}; }
};

} // namespace

std::unique_ptr<store> open_nothing() {
    return std::make_unique<forgetful_store>();
}

} // namespace cogniot::store
