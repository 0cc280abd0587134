ff_test(source_file_test SOURCES source_file_test.c DEPENDS ff::source PkgConfig::ZSTD PkgConfig::ZLIB)

# Black-box tests through the command line (tests/cli/shell.py); each case is a sentence.
foreach(topic options files filters run follow reload rules loading proofs replies meaning templates import release lists check)
  add_test(NAME cli_${topic}_test COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/cli/${topic}_test.py $<TARGET_FILE:fivefifty>)
  set_tests_properties(cli_${topic}_test PROPERTIES ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
endforeach()
