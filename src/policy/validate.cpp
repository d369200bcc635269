// The checks that AWS makes before it stores a policy, in AWS's order.
// @source moto's AWS-validated tests of IAM policies; IAM user guide, "Grammar of the IAM JSON
// policy language"; AWS IoT developer guide, "AWS IoT Core policies"
#include "base/ascii.hpp"
#include "base/text.hpp"
#include "policy/checked_document.hpp"

#include <algorithm>
#include <set>

namespace cogniot::policy {
namespace {

using json::located;

bool is_iam(kind k) {
    return k != kind::iot;
}

class checker {
  public:
    checker(located const& root, std::string_view text, kind what) : in_{root, text}, kind_(what) {}

    fault check() {
        if (auto f = check_syntax(in_))
            return f;
        if (kind_ == kind::managed)
            if (auto f = check_version())
                return f;
        fault resource;
        if (auto f = check_legacy(resource))
            return f;
        if (is_iam(kind_))
            if (auto f = check_sids())
                return f;
        if (auto f = check_presence({"Action", "NotAction"}, errc::action_missing))
            return f;
        if (kind_ == kind::trust)
            return check_trust(in_);
        if (auto f = check_resource_presence())
            return f;
        if (resource)
            return resource;
        if (auto f = check_actions())
            return f;
        if (kind_ == kind::any)
            return {};
        for (auto const* s : in_.statements)
            for (auto name : {"Principal", "NotPrincipal"})
                if (auto const* found = s->find(name))
                    return in_.at(*found, errc::principal_present,
                                  "a policy that is attached to someone does not say `" +
                                      std::string(name) + "`: remove it");
        return {};
    }

  private:
    fault check_version() const {
        auto const* version = in_.root.find("Version");
        if (version != nullptr && version->text == "2012-10-17")
            return {};
        return in_.at(version != nullptr ? *version : in_.root, errc::version_required,
                      "a managed policy says `\"Version\": \"2012-10-17\"`");
    }

    /// What AWS's older parser refuses. A badly formed resource is kept for later: AWS reports it
    /// after missing elements, but stops looking for other faults in resources once it has one.
    fault check_legacy(fault& resource) const {
        for (auto const* s : in_.statements) {
            auto const& effect = *s->find("Effect");
            if (effect.text != "Allow" && effect.text != "Deny")
                return in_.at(effect, errc::legacy_parsing,
                              "`Effect` is `Allow` or `Deny`, with a capital letter");
            if (is_iam(kind_) && kind_ != kind::any)
                if (auto f = check_dates(*s))
                    return f;
        }
        if (kind_ == kind::trust)
            return {};
        for (auto const* s : in_.statements)
            for (auto name : {"Resource", "NotResource"})
                if (auto const* found = s->find(name)) {
                    auto const texts = in_.list(*found);
                    // AWS looks at them from the last in alphabetical order.
                    auto sorted = texts;
                    std::sort(sorted.begin(), sorted.end(),
                              [](auto const* a, auto const* b) { return a->text > b->text; });
                    for (auto const* text : sorted)
                        if (auto f = check_resource(*text))
                            resource = f;
                    if (!resource)
                        for (auto const* text : texts)
                            if (auto f = check_legacy_resource(*text))
                                return f;
                }
        return {};
    }

    fault check_dates(located const& s) const {
        auto const* conditions = s.find("Condition");
        if (conditions == nullptr)
            return {};
        for (auto const& m : conditions->members) {
            auto const op = find_operation(m.name);
            if (!op || op->compares != operation::family::date)
                continue;
            for (auto const& key : m.value.members)
                for (auto const* value : in_.list(key.value))
                    if (!parse_instant(value->text))
                        return in_.at(*value, errc::legacy_parsing,
                                      "`" + printable(value->text, 60) +
                                          "` is no date: write `2026-01-02T03:04:05Z` or seconds "
                                          "since 1970");
        }
        return {};
    }

    /// `arn:PARTITION:SERVICE:REGION:ACCOUNT:REST` or `*`.
    fault check_resource(located const& node) const {
        std::string_view const text = node.text;
        if (text == "*")
            return {};
        auto const parts = split(text, ':');
        if (parts.size() == 1)
            return in_.at(node, errc::resource_not_arn,
                          "`" + printable(text) +
                              "` is no resource: write an ARN like "
                              "`arn:aws:iot:REGION:ACCOUNT:topic/NAME`, or `*`",
                          node.text);
        auto const partition = parts[1];
        bool const known = partition == "aws" || partition.starts_with("aws-") ||
                           partition.find_first_of("*?") != std::string_view::npos;
        if (!known) {
            std::string full = "arn:" + std::string(partition);
            for (std::size_t i = 2; i < 5; ++i)
                full += ":" + (i < parts.size() && (!parts[i].empty() || i + 1 < parts.size())
                                   ? std::string(parts[i])
                                   : "*");
            std::string rest;
            for (std::size_t i = 5; i < parts.size(); ++i)
                rest += (i > 5 ? ":" : "") + std::string(parts[i]);
            full += ":" + (parts.size() > 5 ? rest : "*");
            return in_.at(node, errc::partition_not_valid,
                          "`" + printable(partition, 60) +
                              "` is no partition: an ARN begins with `arn:aws:`",
                          std::string(partition) + "\n" + full);
        }
        if (parts[0] != "arn")
            return in_.at(node, errc::resource_not_arn,
                          "`" + printable(text) + "` does not begin with `arn:`", node.text);
        if (parts.size() < 3 || parts[2].find_first_of("*?") != std::string_view::npos)
            return in_.at(node, errc::vendor_not_qualified,
                          "the third part of an ARN names a service, without wildcards: "
                          "`arn:aws:iot:…`",
                          node.text);
        return {};
    }

    fault check_legacy_resource(located const& node) const {
        std::string_view const text = node.text;
        if (text == "*")
            return {};
        auto const colons = std::count(text.begin(), text.end(), ':');
        bool const skips_parts = colons < 5 && text.find("::") != std::string_view::npos;
        if (!skips_parts && !split(text, ':')[2].empty())
            return {};
        auto const what = is_iam(kind_) ? errc::legacy_parsing : errc::resource_not_arn;
        return in_.at(node, what,
                      "`" + printable(text) +
                          "` has too few parts: "
                          "`arn:aws:SERVICE:REGION:ACCOUNT:NAME`, some of which may be empty",
                      node.text);
    }

    fault check_sids() const {
        std::set<std::string_view> seen;
        for (auto const* s : in_.statements) {
            auto const* sid = s->find("Sid");
            if (sid != nullptr && !sid->text.empty() && !seen.insert(sid->text).second)
                return in_.at(*sid, errc::sid_not_unique,
                              "`" + printable(sid->text, 60) +
                                  "` names an earlier statement already");
        }
        for (auto const* s : in_.statements)
            if (auto const* sid = s->find("Sid"))
                if (!std::all_of(sid->text.begin(), sid->text.end(),
                                 [](char c) { return is_letter_or_digit(c); }))
                    return in_.at(*sid, errc::sid_not_alphanumeric,
                                  "`" + printable(sid->text, 60) +
                                      "` has other characters than letters and digits");
        return {};
    }

    fault check_presence(std::pair<char const*, char const*> names, errc what) const {
        for (auto const* s : in_.statements) {
            auto const* found = s->find(names.first);
            if (found == nullptr)
                found = s->find(names.second);
            if (found == nullptr || (found->is_array() && found->items.empty()))
                return in_.at(found == nullptr ? *s : *found, what,
                              found == nullptr
                                  ? "this statement has no `" + std::string(names.first) + "`"
                                  : "this list is empty");
        }
        return {};
    }

    fault check_resource_presence() const {
        if (kind_ != kind::any)
            return check_presence({"Resource", "NotResource"}, errc::resource_missing);
        // Tools also read trust policies, which have principals instead of resources.
        for (auto const* s : in_.statements) {
            bool const has_principal = s->find("Principal") || s->find("NotPrincipal");
            auto const* found = s->find("Resource");
            if (found == nullptr)
                found = s->find("NotResource");
            if ((found == nullptr && !has_principal) ||
                (found != nullptr && found->is_array() && found->items.empty()))
                return in_.at(found == nullptr ? *s : *found, errc::resource_missing,
                              found == nullptr ? "this statement has no `Resource`"
                                               : "this list is empty");
        }
        return {};
    }

    fault check_actions() const {
        for (auto name : {"Action", "NotAction"})
            for (auto const* s : in_.statements)
                if (auto const* found = s->find(name))
                    for (auto const* action : in_.list(*found))
                        if (auto f = check_action(*action))
                            return f;
        return {};
    }

    fault check_action(located const& node) const {
        std::string_view const text = node.text;
        auto const colons = std::count(text.begin(), text.end(), ':');
        if (colons == 0 && text != "*")
            return in_.at(node, errc::action_without_vendor,
                          "`" + printable(text, 60) +
                              "` names no service: write `iot:Publish`, for example",
                          node.text);
        if (colons > 1)
            return in_.at(node, errc::action_two_colons,
                          "`" + printable(text, 60) + "`: an action has one colon, `service:Name`",
                          node.text);
        auto const vendor = text.substr(0, text.find(':'));
        bool const good = vendor == "*" || std::all_of(vendor.begin(), vendor.end(), [](char c) {
                              return is_letter_or_digit(c) || c == '-' || c == '.';
                          });
        if (!good)
            return in_.at(node, errc::vendor_not_valid,
                          "`" + printable(vendor, 60) +
                              "` is no service prefix: letters, digits, `-` and `.`, no wildcards",
                          std::string(vendor));
        return {};
    }

    checked_document in_;
    kind kind_;
};

} // namespace

std::optional<complaint> validate(located const& root, std::string_view text, kind what) {
    return checker(root, text, what).check();
}

std::size_t counted_size(std::string_view text, kind what) {
    std::size_t size = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const c = text[i];
        if (c == '\\' && quoted && i + 1 < text.size()) {
            size += 2;
            ++i;
            continue;
        }
        if (c == '"')
            quoted = !quoted;
        bool const blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        bool const continues = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
        if (!continues && (!blank || (quoted && what != kind::iot)))
            ++size;
    }
    return size;
}

std::optional<std::size_t> size_limit(kind what) {
    switch (what) {
    case kind::role_inline:
        return 10'240;
    case kind::managed:
        return 6'144;
    case kind::trust:
    case kind::session:
    case kind::iot:
        return 2'048;
    case kind::any:
        return {};
    }
    return {};
}

} // namespace cogniot::policy
