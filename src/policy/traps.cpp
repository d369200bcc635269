#include "policy/traps.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace cogniot::policy {
namespace {

constexpr std::array<trap, 35> traps{{
    {"trailing-comma", severity::error,
     "JSON knows no comma before a closing bracket; AWS refuses the whole document",
     "take the comma away"},
    {"malformed", severity::error, "AWS refuses the whole document", "mend it as said"},
    {"too-large", severity::error, "AWS refuses documents beyond the size limit of their kind",
     "spread the statements over several policies, or use variables and wildcards"},
    {"not-checked", severity::warning, "the document's text is known to CloudFormation alone",
     "check the deployed document"},
    {"name-unknown", severity::error,
     "CloudFormation refuses the whole template: it has no parameter or resource of this name",
     "mend the name; in Fn::Sub a policy variable is written ${!name}"},
    {"version-2008", severity::error,
     "without \"Version\": \"2012-10-17\" every ${…} is plain text, which no request holds",
     "say \"Version\": \"2012-10-17\""},
    {"topic-for-subscribe", severity::error,
     "iot:Subscribe asks for topicfilter/…; topic/… never matches it, and AWS IoT Core closes the "
     "connection",
     "write topicfilter/ in place of topic/, in a statement of its own"},
    {"topicfilter-for-publish", severity::error,
     "iot:Publish, iot:Receive and iot:RetainPublish ask for topic/…; topicfilter/… never matches "
     "them",
     "write topic/ in place of topicfilter/"},
    {"client-missing", severity::error,
     "iot:Connect asks for client/CLIENT-ID; without it every connect ends in a hang-up",
     "name client/${cognito-identity.amazonaws.com:sub}"},
    {"resource-type", severity::error,
     "no resource of the statement is of the kind that the action asks for",
     "name a resource of that kind"},
    {"resource-unused", severity::warning,
     "none of the statement's actions asks for this kind of resource",
     "take it away, or add the action that needs it"},
    {"mqtt-wildcard", severity::error,
     "+ and # are MQTT's wildcards, not a policy's: nobody can publish to such a topic, so nothing "
     "matches",
     "write * in their place; mind that it crosses levels"},
    {"filter-wildcard", severity::note,
     "in topicfilter/… + and # are compared letter by letter: just this filter may be subscribed "
     "to",
     "if any filter below is meant, write *"},
    {"variable-never-set", severity::error,
     "a variable without value makes its resource match nothing (in AWS IoT policies even a Deny)",
     "use one that this kind of principal has"},
    {"variable-unknown", severity::warning,
     "AWS documents no such variable here; if it has no value, nothing matches",
     "check its name; defaults look like ${name, 'default'}"},
    {"variable-of-thing", severity::warning,
     "it has a value only while the client ID is the name of a thing that the principal is "
     "attached to",
     "for Cognito identities ${cognito-identity.amazonaws.com:sub} always has one"},
    {"variable-too-early", severity::error,
     "before the fifth colon of an ARN a variable is plain text",
     "write region and account out, or *"},
    {"any-client", severity::warning,
     "any client ID may connect, also another's: the broker then throws the other connection out",
     "name client/${cognito-identity.amazonaws.com:sub}"},
    {"everything", severity::warning,
     "every action on every resource, also deleting things and reading all topics",
     "name the actions and resources that are used; `cogniot policy record` finds them"},
    {"any-resource", severity::warning,
     "every topic, filter and client of the account and of all its tenants",
     "name the resources that are used"},
    {"allow-all-but", severity::warning,
     "Allow with NotAction or NotResource allows everything that is not named, also what comes "
     "later",
     "name what is allowed"},
    {"receive-forgotten", severity::warning,
     "iot:Subscribe lets a client subscribe; without iot:Receive no message is delivered, silently",
     "allow iot:Receive on topic/… as well"},
    {"receive-elsewhere", severity::warning,
     "no iot:Receive covers the topics of this filter: messages are dropped silently",
     "allow iot:Receive on the same topics, as topic/…"},
    {"connect-forgotten", severity::note, "over MQTT nothing happens before iot:Connect is allowed",
     "allow iot:Connect on client/…, here or in another policy of the same principal"},
    {"retain-forgotten", severity::note,
     "a message or will with the retain flag also needs iot:RetainPublish",
     "allow iot:RetainPublish where messages are retained"},
    {"governed-by-role", severity::warning,
     "for Cognito identities AWS IoT policies govern Connect, Publish, Subscribe, Receive and the "
     "three shadow "
     "operations alone; this action is decided by the role",
     "allow it in the role's policy"},
    {"deny-filter-only", severity::warning,
     "filters are compared as text: a client that subscribes to a/# gets the messages of a/secret "
     "all the same",
     "deny iot:Receive on topic/… as well"},
    {"action-misspelt", severity::warning, "AWS IoT knows no such action; it allows nothing",
     "check the spelling"},
    {"another-region", severity::warning,
     "a resource of another region never matches a request to this one",
     "write this region, or * in a role's policy"},
    {"another-account", severity::warning,
     "a resource of another account never matches a request to this one",
     "write this account's 12 digits"},
    {"trust-without-aud", severity::error,
     "without a condition on cognito-identity.amazonaws.com:aud every identity pool of the world "
     "may hand out this "
     "role",
     "add \"StringEquals\": {\"cognito-identity.amazonaws.com:aud\": \"IDENTITY-POOL-ID\"}"},
    {"trust-without-amr", severity::error,
     "without a condition on cognito-identity.amazonaws.com:amr guests and users who signed in get "
     "the same role",
     "add \"ForAnyValue:StringLike\": {\"cognito-identity.amazonaws.com:amr\": \"authenticated\"}"},
    {"trust-another-pool", severity::error,
     "the role trusts another identity pool than the one that hands it out",
     "name the ID of this identity pool"},
    {"trust-amr-differs", severity::error,
     "the role is handed out to the other kind of identities than it trusts",
     "amr is `authenticated` for users who signed in, `unauthenticated` for guests"},
    {"trust-action", severity::error,
     "identity pools assume roles with sts:AssumeRoleWithWebIdentity and nothing else",
     "allow sts:AssumeRoleWithWebIdentity"},
}};

} // namespace

std::string_view print(severity s) {
    switch (s) {
    case severity::note:
        return "note";
    case severity::warning:
        return "warning";
    case severity::error:
        return "error";
    }
    return "error";
}

std::span<trap const> all_traps() {
    return traps;
}

trap const& trap_named(std::string_view name) {
    auto const found = std::find_if(traps.begin(), traps.end(),
                                    [&](trap const& each) { return each.name == name; });
    assert(found != traps.end() && "every finding names a trap of the table");
    return *found;
}

} // namespace cogniot::policy
