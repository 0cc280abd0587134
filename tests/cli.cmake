ff_test(source_file_test SOURCES source_file_test.c DEPENDS ff::source PkgConfig::ZSTD PkgConfig::ZLIB)
ff_fuzzer(source SOURCES fuzz/fuzz_source.c DEPENDS ff::source CORPUS tests/fuzz/corpus/source)

# The logs of `run` beside a real state: counts what is kept, which no output shows.
set(cli ${PROJECT_SOURCE_DIR}/cli)
set(cli_output ${cli}/output/output.c ${cli}/output/file_names.c ${cli}/process/messages.c ${cli}/process/progress.c ${cli}/process/terminal.c)
ff_test(log_segments_test SOURCES log_segments_test.c ${cli}/logs/log_inputs.c ${cli}/logs/log_input.c ${cli}/logs/log_folders.c
    ${cli}/logs/log_forget.c ${cli}/logs/log_former.c ${cli}/logs/log_places.c ${cli}/logs/log_slots.c
    ${cli}/logs/log_names.c ${cli}/logs/log_entries.c ${cli}/logs/log_beside.c ${cli}/logs/log_added.c ${cli}/logs/log_unread.c
    ${cli}/logs/log_turn.c ${cli}/inputs/sources.c
    ${cli_output}
  DEPENDS ff::ingest ff::source ff::decode ff::suppress_engine ff::classify ff::proto)

ff_fuzzer(control SOURCES fuzz/fuzz_control.c ${cli}/control/control_wire.c DEPENDS ff::suppress_engine ff::proto
  CORPUS tests/fuzz/corpus/control)

ff_test(output_test SOURCES output_test.c ${cli_output} DEPENDS ff::proto)
target_link_options(output_test PRIVATE LINKER:--wrap=open) # a file system without nameless files

# Black-box tests through the command line (tests/cli/shell.py); each case is a sentence.
foreach(topic options files filters run whose_mail follow rotate logrotate folder reload rules loading proofs replies meaning templates import release lists control check postfix_map)
  add_test(NAME cli_${topic}_test COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/cli/${topic}_test.py $<TARGET_FILE:fivefifty>)
  set_tests_properties(cli_${topic}_test PROPERTIES ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
endforeach()
