// PEM text that is encrypted (RFC 1421: `Proc-Type: 4,ENCRYPTED`), and somebody at the terminal who
// knows its passphrase: who asks for one is found out.
#pragma once

#include "base/text.hpp"

#include <openssl/pem.h>
#include <openssl/ui.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

namespace cogniot::encrypted_pem {

inline constexpr std::string_view passphrase = "sesame";

/// The one thing in `pem`, encrypted with `passphrase`.
inline std::string encrypt(std::string_view pem) {
    constexpr std::string_view begin = "-----BEGIN ";
    auto const kind = std::string(pem.substr(begin.size(), pem.find("-----\n") - begin.size()));
    auto const from = pem.find('\n') + 1;
    std::string digits(pem.substr(from, pem.find("-----END") - from));
    std::erase(digits, '\n');
    auto const der = decode_base64(digits).value();
    auto const write_der = [](void const* what, unsigned char** into) {
        auto const& bytes = *static_cast<std::string const*>(what);
        if (into != nullptr)
            *into = std::copy(bytes.begin(), bytes.end(), *into);
        return static_cast<int>(bytes.size());
    };
    std::unique_ptr<BIO, decltype(&BIO_free)> const out(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_ASN1_write_bio(write_der, kind.c_str(), out.get(), &der, EVP_aes_128_cbc(),
                       reinterpret_cast<unsigned char const*>(passphrase.data()),
                       static_cast<int>(passphrase.size()), nullptr, nullptr);
    char* text = nullptr;
    auto const size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

/// Sits at the terminal while it lives, and answers each question with the passphrase.
class terminal {
  public:
    terminal() {
        UI_method_set_reader(method_, [](UI* ui, UI_STRING* question) {
            return UI_set_result(ui, question, passphrase.data()) == 0 ? 1 : 0;
        });
        UI_set_default_method(method_);
    }
    ~terminal() {
        UI_set_default_method(UI_OpenSSL());
        UI_destroy_method(method_);
    }
    terminal(terminal const&) = delete;
    terminal& operator=(terminal const&) = delete;

  private:
    UI_METHOD* method_ = UI_create_method(const_cast<char*>("test"));
};

} // namespace cogniot::encrypted_pem
