#include "broker/message.hpp"

#include <cstring>
#include <new>

namespace cogniot::broker {

message_ref message::make(message_view const& from, budget& counted) {
    auto const size = from.topic.size() + from.properties.size() + from.payload.size();
    auto* const block = static_cast<char*>(::operator new(sizeof(message) + size));
    char* at = block + sizeof(message);
    auto const copy = [&at](std::string_view bytes) {
        if (!bytes.empty())
            std::memcpy(at, bytes.data(), bytes.size());
        std::string_view const own(at, bytes.size());
        at += bytes.size();
        return own;
    };
    message_view kept = from;
    kept.topic = copy(from.topic);
    kept.properties = copy(from.properties);
    kept.payload = copy(from.payload);
    counted.held += cost_of(kept);
    return message_ref(new (block) message(kept, counted));
}

void message::release() {
    budget_.held -= cost_of(view_);
    this->~message();
    ::operator delete(static_cast<void*>(this));
}

} // namespace cogniot::broker
