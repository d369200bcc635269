# CloudFormation templates as stack files.
cogniot_library(template
    SOURCES template/errors.cpp template/source.cpp template/resolve.cpp template/parameters.cpp
            template/resource_type.cpp template/cognito_resources.cpp
            template/iam_and_iot_resources.cpp template/stack.cpp
    LINKS cogniot::cloud cogniot::json PRIVATE_LINKS PkgConfig::YAML_CPP)
