#include "local/shadow_service.hpp"

#include "json/parse.hpp"

#include <utility>

namespace cogniot::local {
namespace {

constexpr std::string_view record_kind = "shadow";

} // namespace

result<bool> shadow_service::restore(std::string_view kind, std::string_view key,
                                     std::string_view value) {
    if (kind != record_kind)
        return false;
    auto const of = shadow::parse_record_key(key);
    if (!of)
        return fail(json::errc::not_json,
                    "record shadow `" + std::string(key) + "`: the key names no thing and shadow");
    auto stored = shadow::document::parse(value);
    if (!stored) {
        auto why = stored.error();
        why.detail = "record shadow `" + std::string(key) + "`: " + why.detail;
        return why;
    }
    shadows_.insert_or_assign(*of, std::move(*stored));
    return true;
}

void shadow_service::keep(shadow::shadow_id const& of, shadow::document next,
                          std::vector<record>& persist) {
    persist.push_back({std::string(record_kind), shadow::record_key(of), next.print()});
    shadows_.insert_or_assign(of, std::move(next));
}

std::vector<shadow_message> shadow_service::published(std::string_view topic,
                                                      std::string_view payload, utc_time now,
                                                      std::vector<record>& persist) {
    auto const asked = shadow::parse_request_topic(topic);
    if (!asked)
        return {};
    std::string const base(topic);
    auto const found = shadows_.find(asked->of);
    auto const stored = found == shadows_.end() ? shadow::document{} : found->second;
    auto const refused = [&](shadow::refusal const& r) {
        return std::vector<shadow_message>{{base + "/rejected", r.print()}};
    };
    switch (asked->what) {
    case shadow::operation::get: {
        auto got = shadow::get(stored, shadow::spoken_name(asked->of), payload, now);
        if (!got)
            return refused(got.error());
        return {{base + "/accepted", std::move(*got)}};
    }
    case shadow::operation::remove: {
        auto gone = shadow::remove(stored, shadow::spoken_name(asked->of), payload, now);
        if (!gone)
            return refused(gone.error());
        keep(asked->of, std::move(gone->next), persist);
        return {{base + "/accepted", std::move(gone->accepted)}};
    }
    case shadow::operation::update:
        break;
    }
    auto done = shadow::update(stored, payload, now);
    if (!done)
        return refused(done.error());
    keep(asked->of, std::move(done->next), persist);
    std::vector<shadow_message> answers{{base + "/accepted", std::move(done->accepted)},
                                        {base + "/documents", std::move(done->documents)}};
    if (done->delta)
        answers.push_back({base + "/delta", std::move(*done->delta)});
    return answers;
}

} // namespace cogniot::local
