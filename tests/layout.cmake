add_test(NAME layout COMMAND python3 ${PROJECT_SOURCE_DIR}/tests/layout_test.py)
