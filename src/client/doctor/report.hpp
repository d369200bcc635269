// What the doctor found, step by step, and what follows from it: the first real cause and the one
// thing to do. Plain values. Pure.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <boost/json/fwd.hpp>

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cogniot::client::doctor {

/// The steps, in the order in which they are walked: a cause comes before its consequences.
enum class step {
    configuration,
    endpoints,
    clock,
    app_client,
    sign_in,
    provider,
    identity,
    role,
    trust,
    credentials,
    role_policies,
    iot_policies,
    history,
    limits,
    permission,
    aws_answers,
    connect,
    publish,
    subscribe,
    url,
    upgrade,
    log,
};
/// `iot-policies`
std::string_view name_of(step);
/// `the IoT policies attached to the identity`
std::string_view describe(step);

enum class verdict {
    passed,
    failed,
    /// Something points to a fault, nothing proves it.
    suspected,
    /// An earlier step did not give what this one needs, or it was not asked for.
    skipped,
    /// The backend's credentials may not look; the step itself may be fine.
    not_permitted,
    /// Nobody could tell: not built at the other end, busy, or not readable.
    not_available,
};
/// `a, b, c`
std::string join(std::vector<std::string> const&);
/// `passed`, `not-permitted`: for programs.
std::string_view name_of(verdict);

struct finding {
    doctor::step step = step::configuration;
    verdict how = verdict::passed;
    /// What was found, in a sentence.
    std::string says{};
    /// What to do; set when it failed.
    std::string remedy{};
    /// The permission that is missing: `iam:GetRole`.
    std::string permission{};
    /// Nothing is seen with the backend's credentials, whatever they may do: `says` tells why.
    bool has_bad_credentials = false;
    /// The action and resource that a permission step is about.
    std::string action{};
    std::string resource{};
    /// Further lines for people.
    std::vector<std::string> details{};
    /// failed: what a program makes of it.
    error_code code{};
};

finding passed(step, std::string says);
finding failed(step, error const& why, std::string remedy);
finding suspected(step, std::string says, std::string remedy);
finding skipped(step, std::string says);

/// Replaces every occurrence of these values with `***`: servers may quote what was sent to them.
void hide(finding&, std::span<secret const> secrets);

/// All findings, in the order of the steps.
class report {
  public:
    void add(finding);
    /// The broker took this: a verdict that it is denied was made without what AWS knows, and is
    /// no cause. @return whether there was such a verdict
    bool refute(std::string_view action, std::string_view resource);
    /// Actions on topics that were asked about: where no step saw one of them decided, the
    /// conclusion says so.
    void expect(std::vector<std::string> actions) { expected_ = std::move(actions); }
    std::vector<finding> const& findings() const { return findings_; }

    /// The first step that failed: later failures follow from it. Null if none failed.
    finding const* cause() const;
    /// Those that something points to.
    std::vector<finding const*> suspects() const;
    /// Actions that were asked about and that the policies allow wherever they were.
    std::vector<std::string> allowed_actions() const;
    /// Why what the policies say is not certain, as the first such finding has it; empty if none
    /// is.
    std::string doubt() const;
    /// The log proves why the broker refused the real thing: what to do follows from that, unless
    /// an earlier step failed.
    void explain_refusal(std::string remedy);
    /// Permissions that were missing, each once.
    std::vector<std::string> missing_permissions() const;
    /// The end of the report in one or two sentences: the cause, or that all is well as far as was
    /// looked.
    std::string conclusion() const;

  private:
    /// What kept the doctor from looking; empty if nothing did.
    std::string print_unseen() const;
    /// Whether the policies allow all that was asked with this action, or the broker took some.
    bool is_seen(std::string_view action) const;

    std::vector<finding> findings_;
    std::vector<std::string> expected_;
};

/// `{"ok":…,"cause":…,"do":…,"steps":[…]}`
boost::json::object print_json(report const&);

} // namespace cogniot::client::doctor
