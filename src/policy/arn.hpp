// ARNs taken apart, and which kind of resource each action of AWS IoT's data plane asks for.
// @source IAM user guide, "ARN format"; AWS IoT developer guide, "AWS IoT policy actions", "Action
// resources"; spec iot-broker 4.1, 4.2
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cogniot::policy {

/// `arn`, partition, service, region, account, resource; the last with all its colons.
using arn_parts = std::array<std::string_view, 6>;
inline constexpr std::size_t arn_region = 3;
inline constexpr std::size_t arn_account = 4;
inline constexpr std::size_t arn_resource = 5;

/// Nothing if there are fewer than five colons.
std::optional<arn_parts> split_arn(std::string_view text);
std::string join_arn(arn_parts const&);
/// The ARN's account; empty if it names none or is no ARN.
std::string_view account_of(std::string_view arn);
/// A managed policy of AWS itself: `arn:aws:iam::aws:policy/AWSIoTDataAccess`.
bool is_aws_managed_policy(std::string_view arn);
/// Twelve digits.
bool is_account(std::string_view text);
/// Whether it looks like one: `ap-northeast-1`, `us-gov-west-1`, `cn-north-1`: words with a number
/// last, the first of two letters.
bool is_region(std::string_view text);
/// `topic` of `topic/a/b` and of `topic:a`; the whole text if it has neither.
std::string_view resource_type(std::string_view resource);

/// Whether names of this type have levels, as topics and filters have.
bool has_levels(std::string_view type);

/// `client`, `topic`, `topicfilter` or `thing`: what the action's resource begins with. Nothing for
/// an action that is not MQTT's or a shadow's, or that holds a wildcard. Case is ignored.
std::optional<std::string_view> resource_type_of_action(std::string_view action);
/// Whether AWS IoT policies have a say in this action of an authenticated Cognito identity; all
/// others, iot:RetainPublish among them, are IAM's alone.
bool is_governed_by_iot_policy(std::string_view action);

} // namespace cogniot::policy
