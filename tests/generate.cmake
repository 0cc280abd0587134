add_test(NAME generate COMMAND python3 ${PROJECT_SOURCE_DIR}/tests/generate_test.py $<TARGET_FILE:fivefifty>)
