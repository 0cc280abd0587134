add_test(NAME reference COMMAND python3 ${PROJECT_SOURCE_DIR}/tests/reference_test.py $<TARGET_FILE:fivefifty>)
