# The commands about policies: over src/policy and the locks of src/cloud, and one that asks a local
# cloud what was decided.
cogniot_library(policy_commands
    SOURCES http_get.cpp junit.cpp policy_asker.cpp policy_check.cpp policy_evaluate.cpp
            policy_explain.cpp policy_explanation.cpp policy_files.cpp policy_record.cpp
            policy_test.cpp policy_test_file.cpp
    LINKS cogniot::command_line cogniot::broker cogniot::cloud cogniot::json cogniot::mqtt
          cogniot::net cogniot::policy cogniot::template_text)
