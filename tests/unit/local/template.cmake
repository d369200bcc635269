cogniot_test(template_text SOURCES template_source_test.cpp template_resolve_test.cpp
             LINKS cogniot::template_text)
cogniot_test(template SOURCES template_stack_test.cpp LINKS cogniot::template)
