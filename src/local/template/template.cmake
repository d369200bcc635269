# CloudFormation templates as stack files: reading and resolving is pure, applying needs the cloud.
cogniot_library(template_text
    SOURCES template/errors.cpp template/source.cpp template/resolve.cpp template/parameters.cpp
            template/policies.cpp
    LINKS cogniot::json cogniot::policy PRIVATE_LINKS PkgConfig::YAML_CPP)
cogniot_library(template
    SOURCES template/resource_type.cpp template/cognito_resources.cpp
            template/iam_and_iot_resources.cpp template/device_resources.cpp template/stack.cpp
    LINKS cogniot::template_text cogniot::cloud)
