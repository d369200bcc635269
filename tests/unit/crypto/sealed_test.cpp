#include "base/text.hpp"
#include "crypto/sealed.hpp"
#include "support/seeded_random.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace cogniot;

namespace {
/// Gives the nonce that a published vector asks for.
class fixed_random final : public random_source {
  public:
    explicit fixed_random(std::string bytes) : bytes_(std::move(bytes)) {}
    void fill(std::span<unsigned char> out) override {
        std::copy_n(bytes_.begin(), out.size(), out.begin());
    }

  private:
    std::string bytes_;
};
} // namespace

TEST_CASE("sealing is AES-256-GCM (McGrew and Viega, GCM specification, test case 16)") {
    auto const key = *decode_hex("feffe9928665731c6d6a8f9467308308"
                                 "feffe9928665731c6d6a8f9467308308");
    auto const plain =
        *decode_hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
    auto const purpose = *decode_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    auto const nonce = *decode_hex("cafebabefacedbaddecaf888");
    fixed_random random(nonce);
    auto const sealed = crypto::seal(key, purpose, plain, random);
    CHECK(encode_hex(sealed) == "cafebabefacedbaddecaf888"
                                "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                                "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                                "76fc6ece0f4e1768cddf8853bb2d551b");
    CHECK(crypto::unseal(key, purpose, sealed) == plain);
}

TEST_CASE("a sealed value opens only unchanged, with its key and for its purpose") {
    test::seeded_random random;
    std::string const key(32, 'k');
    auto const sealed = crypto::seal(key, "refresh", "hello", random);
    CHECK(crypto::unseal(key, "refresh", sealed) == "hello");
    CHECK_FALSE(crypto::unseal(key, "session", sealed));
    CHECK_FALSE(crypto::unseal(std::string(32, 'x'), "refresh", sealed));
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        auto changed = sealed;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        CHECK_FALSE(crypto::unseal(key, "refresh", changed));
    }
    CHECK_FALSE(crypto::unseal(key, "refresh", sealed.substr(1)));
    CHECK_FALSE(crypto::unseal(key, "refresh", ""));
}
