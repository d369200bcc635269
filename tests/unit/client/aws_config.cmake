cogniot_test(aws_config
    SOURCES aws_config_test.cpp backend_credentials_answers_test.cpp
            backend_credentials_plan_test.cpp
    LINKS cogniot::aws_config)
cogniot_test(backend_credentials SOURCES backend_credentials_test.cpp
             LINKS cogniot::backend_credentials)
