
# What a host needs beside the program, and the page for whoever operates it.
add_test(NAME packaging COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/packaging_test.py $<TARGET_FILE:fivefifty> ${PROJECT_BINARY_DIR})
set_tests_properties(packaging PROPERTIES ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
