#include "cloud/cognito_identity/scope_down.hpp"

#include <cassert>

namespace cogniot::cloud::cognito_identity {

namespace {

constexpr std::string_view text = R"({
  "Version": "2012-10-17",
  "Statement": [{
    "Sid": "CognitoGuestScopeDown",
    "Effect": "Allow",
    "Action": [
      "mobileanalytics:*", "execute-api:*", "appsync:*", "cloudwatch:*", "logs:*",
      "cognito-identity:*", "cognito-sync:*", "cognito-idp:*", "comprehend:*", "dynamodb:*",
      "gamelift:*", "iot:*", "firehose:*", "kinesisanalytics:*", "lambda:*", "lex:*", "geo:*",
      "machinelearning:*", "personalize:*", "polly:*", "rekognition:*", "s3:*", "ses:*", "sdb:*",
      "sns:*", "sqs:*", "transcribe:*", "translate:*", "codewhisperer:*", "mobiletargeting:*",
      "kms:Encrypt", "kms:Decrypt", "kms:ReEncryptTo", "kms:ReEncryptFrom",
      "kms:GenerateDataKey", "rum:PutRumEvents", "sagemaker:InvokeEndpoint", "sumerian:View*",
      "textract:DetectDocumentText", "textract:AnalyzeDocument"
    ],
    "Resource": "*"
  }]
})";

} // namespace

policy::document const& guest_scope_down() {
    static policy::document const compiled = [] {
        auto parsed = policy::document::parse(text, policy::kind::session);
        assert(parsed && "the scope-down policy is a valid session policy");
        return parsed.value();
    }();
    return compiled;
}

} // namespace cogniot::cloud::cognito_identity
