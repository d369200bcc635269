// Turns a folder's `enum class errc` into error codes without writing a category class each time.
//
//     enum class errc { topic_empty = 1, topic_too_long };
//     std::string_view describe(errc);                      // in the folder's errors.cpp
//     inline error_code make_error_code(errc e) { return enum_code("mqtt", e); }
#pragma once

#include "base/result.hpp"

#include <string_view>

namespace cogniot {

template <typename Errc>
class enum_category final : public boost::system::error_category {
  public:
    explicit constexpr enum_category(char const* name) noexcept : name_(name) {}
    char const* name() const noexcept override { return name_; }
    std::string message(int value) const override {
        return std::string(describe(static_cast<Errc>(value)));
    }

  private:
    char const* name_;
};

/// The code of enumerator `e`; `folder` must be the same literal for every call with this Errc.
template <typename Errc>
error_code enum_code(char const* folder, Errc e) {
    static enum_category<Errc> const category{folder};
    return error_code{static_cast<int>(e), category};
}

} // namespace cogniot
