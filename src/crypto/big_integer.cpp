#include "crypto/big_integer.hpp"

#include "crypto/openssl_handles.hpp"

namespace cogniot::crypto {

namespace {

using bignum_context_ptr = std::unique_ptr<BN_CTX, freed_by<BN_CTX_free>>;
using wiped_bignum_ptr = std::unique_ptr<BIGNUM, freed_by<BN_clear_free>>;

bignum_context_ptr make_context() {
    bignum_context_ptr context(BN_CTX_secure_new());
    expect(context != nullptr, "make a big number context");
    return context;
}

} // namespace

struct big_integer::handle {
    handle() : number(BN_new()) { expect(number != nullptr, "make a big number"); }
    wiped_bignum_ptr number;
};

big_integer::big_integer() : value_(std::make_shared<handle>()) {}

big_integer big_integer::from_bytes(std::string_view big_endian) {
    auto made = std::make_shared<handle>();
    expect(BN_bin2bn(bytes_of(big_endian), static_cast<int>(big_endian.size()),
                     made->number.get()) != nullptr,
           "read a big number");
    return big_integer(std::move(made));
}

std::string big_integer::bytes() const {
    std::string out(static_cast<std::size_t>(BN_num_bytes(value_->number.get())), '\0');
    BN_bn2bin(value_->number.get(), bytes_of(out));
    return out;
}

bool big_integer::is_zero() const {
    return BN_is_zero(value_->number.get()) == 1;
}

bool operator==(big_integer const& a, big_integer const& b) {
    return BN_cmp(a.value_->number.get(), b.value_->number.get()) == 0;
}

big_integer big_integer::power(big_integer const& base, big_integer const& exponent,
                               big_integer const& modulus) {
    auto made = std::make_shared<handle>();
    auto const context = make_context();
    expect(BN_mod_exp_mont_consttime(made->number.get(), base.value_->number.get(),
                                     exponent.value_->number.get(), modulus.value_->number.get(),
                                     context.get(), nullptr) == 1,
           "raise a big number to a power");
    return big_integer(std::move(made));
}

big_integer big_integer::multiply(big_integer const& a, big_integer const& b,
                                  big_integer const& modulus) {
    auto made = std::make_shared<handle>();
    auto const context = make_context();
    expect(BN_mod_mul(made->number.get(), a.value_->number.get(), b.value_->number.get(),
                      modulus.value_->number.get(), context.get()) == 1,
           "multiply big numbers");
    return big_integer(std::move(made));
}

big_integer big_integer::add(big_integer const& a, big_integer const& b,
                             big_integer const& modulus) {
    auto made = std::make_shared<handle>();
    auto const context = make_context();
    expect(BN_mod_add(made->number.get(), a.value_->number.get(), b.value_->number.get(),
                      modulus.value_->number.get(), context.get()) == 1,
           "add big numbers");
    return big_integer(std::move(made));
}

big_integer big_integer::subtract(big_integer const& a, big_integer const& b,
                                  big_integer const& modulus) {
    auto made = std::make_shared<handle>();
    auto const context = make_context();
    expect(BN_mod_sub(made->number.get(), a.value_->number.get(), b.value_->number.get(),
                      modulus.value_->number.get(), context.get()) == 1,
           "subtract big numbers");
    return big_integer(std::move(made));
}

big_integer big_integer::multiply_add(big_integer const& a, big_integer const& b,
                                      big_integer const& c) {
    auto made = std::make_shared<handle>();
    auto const context = make_context();
    expect(BN_mul(made->number.get(), a.value_->number.get(), b.value_->number.get(),
                  context.get()) == 1 &&
               BN_add(made->number.get(), made->number.get(), c.value_->number.get()) == 1,
           "multiply and add big numbers");
    return big_integer(std::move(made));
}

} // namespace cogniot::crypto
