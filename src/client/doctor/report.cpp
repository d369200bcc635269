#include "client/doctor/report.hpp"

#include "base/text.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cctype>

namespace cogniot::client::doctor {

namespace {

struct step_words {
    step which;
    std::string_view name;
    std::string_view text;
};
constexpr step_words words[]{
    {step::configuration, "configuration", "the settings"},
    {step::endpoints, "endpoints", "the endpoints' names, ports and certificates"},
    {step::clock, "clock", "this machine's clock"},
    {step::app_client, "app-client", "the app client's flow and secret"},
    {step::sign_in, "sign-in", "the user's sign-in"},
    {step::provider, "provider", "the user pool among the identity pool's providers"},
    {step::identity, "identity", "the user's identity ID"},
    {step::role, "role", "which role the identity pool gives the user"},
    {step::trust, "trust", "whether the role trusts the identity pool"},
    {step::credentials, "credentials", "temporary credentials"},
    {step::role_policies, "role-policies", "the role's policies"},
    {step::iot_policies, "iot-policies", "the IoT policies attached to the identity"},
    {step::history, "history", "what AWSIotLogsV2 says the application did"},
    {step::limits, "limits", "what AWS IoT refuses whatever policies say"},
    {step::permission, "permission", "what the policies allow together"},
    {step::aws_answers, "aws-answers", "what AWS's own simulators say"},
    {step::connect, "connect", "a real connection"},
    {step::publish, "publish", "a real publish"},
    {step::subscribe, "subscribe", "a real subscription"},
    {step::url, "url", "what a presigned URL says"},
    {step::upgrade, "upgrade", "what the gateway says to it"},
    {step::log, "log", "what AWSIotLogsV2 says of the real thing"},
};

step_words const& words_of(step s) {
    return *std::find_if(std::begin(words), std::end(words),
                         [&](step_words const& w) { return w.which == s; });
}

/// A server's words may have been cut within a value: as many bytes at its beginning tell of it.
constexpr std::size_t telling_bytes = 12;

void hide_in(std::string& text, std::string_view value) {
    auto const beginning = value.substr(0, telling_bytes);
    for (auto at = text.find(beginning); at != std::string::npos;
         at = text.find(beginning, at + 3)) {
        auto const here = std::string_view(text).substr(at);
        auto const same = static_cast<std::size_t>(
            std::mismatch(here.begin(), here.end(), value.begin(), value.end()).first -
            here.begin());
        text.replace(at, same, "***");
    }
}

/// Those that may quote what others said.
std::vector<std::string*> texts_of(finding& f) {
    std::vector<std::string*> texts{&f.says, &f.remedy, &f.resource};
    for (auto& line : f.details)
        texts.push_back(&line);
    return texts;
}

/// As it is, and as URLs and canonical requests have it.
std::vector<std::string> forms_of(std::string_view value) {
    auto const encoded = percent_encode(value);
    auto lower = encoded;
    for (std::size_t i = 0; i + 2 < lower.size(); ++i)
        if (lower[i] == '%')
            for (auto const at : {i + 1, i + 2})
                lower[at] = static_cast<char>(std::tolower(static_cast<unsigned char>(lower[at])));
    return {std::string(value), encoded, lower, percent_encode(encoded)};
}

boost::json::object print_json(finding const& f) {
    boost::json::object out{
        {"step", name_of(f.step)}, {"result", name_of(f.how)}, {"says", f.says}};
    auto const add = [&](std::string_view key, std::string const& value) {
        if (!value.empty())
            out[key] = value;
    };
    add("action", f.action);
    add("resource", f.resource);
    add("do", f.remedy);
    add("permission", f.permission);
    if (!f.details.empty())
        out["details"] = boost::json::array(f.details.begin(), f.details.end());
    return out;
}

} // namespace

std::string_view name_of(step s) {
    return words_of(s).name;
}

std::string_view describe(step s) {
    return words_of(s).text;
}

std::string join(std::vector<std::string> const& all) {
    std::string out;
    for (auto const& one : all)
        out += (out.empty() ? "" : ", ") + one;
    return out;
}

std::string_view name_of(verdict v) {
    switch (v) {
    case verdict::passed:
        return "passed";
    case verdict::failed:
        return "failed";
    case verdict::suspected:
        return "suspected";
    case verdict::skipped:
        return "skipped";
    case verdict::not_permitted:
        return "not-permitted";
    case verdict::not_available:
        return "not-available";
    }
    return "";
}

finding passed(step s, std::string says) {
    return {.step = s, .how = verdict::passed, .says = std::move(says)};
}

finding failed(step s, error const& why, std::string remedy) {
    return {.step = s,
            .how = verdict::failed,
            .says = why.detail.empty() ? why.code.message() : why.detail,
            .remedy = std::move(remedy),
            .code = why.code};
}

finding suspected(step s, std::string says, std::string remedy) {
    return {
        .step = s, .how = verdict::suspected, .says = std::move(says), .remedy = std::move(remedy)};
}

finding skipped(step s, std::string says) {
    return {.step = s, .how = verdict::skipped, .says = std::move(says)};
}

void hide(finding& f, std::span<secret const> secrets) {
    auto const texts = texts_of(f);
    for (auto const& one : secrets)
        // One this short would make holes in ordinary words, and is none; the local cloud's
        // `test` is in every manual, and in many a topic.
        if (one.reveal().size() >= 4 && one.reveal() != "test")
            for (auto const& form : forms_of(one.reveal()))
                for (auto* const text : texts)
                    hide_in(*text, form);
}

void report::add(finding f) {
    // What was quoted of flags, files and answers may be no UTF-8; reports are JSON, too.
    for (auto* const text : texts_of(f))
        if (!is_utf8(*text))
            *text = printable(*text, text->size());
    findings_.push_back(std::move(f));
}

bool report::refute(std::string_view action, std::string_view resource) {
    bool was_denied = false;
    for (auto& f : findings_)
        if (f.how == verdict::failed &&
            (f.step == step::permission || f.step == step::aws_answers) && f.action == action &&
            f.resource == resource) {
            was_denied = true;
            f.how = verdict::not_available;
            f.says += "; but the broker took it just now";
            f.remedy.clear();
            f.code = {};
        }
    return was_denied;
}

finding const* report::cause() const {
    auto const first = std::find_if(findings_.begin(), findings_.end(),
                                    [](finding const& f) { return f.how == verdict::failed; });
    return first == findings_.end() ? nullptr : &*first;
}

std::vector<finding const*> report::suspects() const {
    std::vector<finding const*> out;
    for (auto const& f : findings_)
        if (f.how == verdict::suspected)
            out.push_back(&f);
    return out;
}

std::vector<std::string> report::allowed_actions() const {
    std::vector<std::string> allowed, others;
    for (auto const& f : findings_)
        if (f.step == step::permission && !f.action.empty())
            (f.how == verdict::passed ? allowed : others).push_back(f.action);
    std::erase_if(allowed, [&](std::string const& one) {
        return std::ranges::find(others, one) != others.end();
    });
    return allowed;
}

std::string report::doubt() const {
    auto const open = std::ranges::find_if(findings_, [](finding const& f) {
        return f.step == step::permission && f.how == verdict::not_available;
    });
    return open == findings_.end() ? std::string() : open->says;
}

void report::explain_refusal(std::string remedy) {
    auto const first =
        std::ranges::find_if(findings_, [](finding const& f) { return f.how == verdict::failed; });
    if (first != findings_.end() && first->step >= step::connect)
        first->remedy = std::move(remedy);
}

std::vector<std::string> report::missing_permissions() const {
    std::vector<std::string> out;
    for (auto const& f : findings_)
        if (!f.permission.empty() && std::find(out.begin(), out.end(), f.permission) == out.end())
            out.push_back(f.permission);
    return out;
}

std::string report::print_unseen() const {
    std::vector<std::string> why;
    auto const refused = std::find_if(findings_.begin(), findings_.end(),
                                      [](finding const& f) { return f.has_bad_credentials; });
    if (refused != findings_.end())
        why.push_back(refused->says);
    if (auto const missing = missing_permissions(); !missing.empty())
        why.push_back("the backend's credentials lack " + join(missing));
    return why.empty() ? "" : "; not everything could be looked at, " + join(why);
}

bool report::is_seen(std::string_view action) const {
    auto const tried = action == "iot:Publish" ? step::publish : step::subscribe;
    auto const was_taken = [&](finding const& f) {
        return f.step == tried && f.how == verdict::passed;
    };
    auto const allowed = allowed_actions();
    return std::ranges::any_of(findings_, was_taken) ||
           std::ranges::find(allowed, action) != allowed.end();
}

std::string report::conclusion() const {
    if (auto const* const first = cause()) {
        auto out = std::string(name_of(first->step)) + ": " + first->says;
        // Where only the broker's silence tells, its log is the better witness.
        if (first->step >= step::connect)
            for (auto const& f : findings_)
                if (f.step == step::log && !f.details.empty())
                    out += "; AWSIotLogsV2: " + f.details.front();
        return out;
    }
    auto const unseen = print_unseen();
    auto const has_passed = [&](step s) {
        return std::any_of(findings_.begin(), findings_.end(), [&](finding const& f) {
            return f.step == s && f.how == verdict::passed;
        });
    };
    std::string open;
    for (auto const& action : expected_)
        if (!is_seen(action))
            open += (open.empty() ? "" : " and ") + action;
    std::string const connected = open.empty() ? "nothing is wrong: the user connects"
                                               : "the user connects; " + open +
                                                     " on what was asked was neither judged nor "
                                                     "tried";
    auto out =
        (has_passed(step::connect)   ? connected
         : has_passed(step::upgrade) ? "nothing is wrong: the gateway takes the URL"
                                     : "nothing wrong was found, without a real connection") +
        unseen;
    for (auto const* const f : suspects())
        out += "; suspected: " + f->says;
    // It was asked for: that it told nothing is no good news.
    for (auto const& f : findings_)
        if (f.step == step::history && f.how == verdict::not_available)
            out += "; " + f.says;
    return out;
}

boost::json::object print_json(report const& r) {
    boost::json::array steps;
    for (auto const& f : r.findings())
        steps.push_back(print_json(f));
    auto const* const cause = r.cause();
    boost::json::object out{{"ok", cause == nullptr}, {"conclusion", r.conclusion()}};
    if (cause) {
        out["cause"] = name_of(cause->step);
        out["do"] = cause->remedy;
    }
    boost::json::array suspects;
    for (auto const* const f : r.suspects())
        suspects.emplace_back(f->says);
    out["suspects"] = std::move(suspects);
    boost::json::array missing;
    for (auto const& permission : r.missing_permissions())
        missing.emplace_back(permission);
    out["missing_permissions"] = std::move(missing);
    out["steps"] = std::move(steps);
    return out;
}

} // namespace cogniot::client::doctor
