cogniot_test(aws_config SOURCES aws_config_test.cpp LINKS cogniot::aws_config)
