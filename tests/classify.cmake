foreach(topic rules examples verdict categories)
  ff_test(classify_${topic}_test SOURCES classify_${topic}_test.c DEPENDS ff::classify)
endforeach()
target_link_options(classify_verdict_test PRIVATE LINKER:--wrap=malloc,--wrap=calloc,--wrap=realloc)
ff_fuzzer(reply SOURCES fuzz/fuzz_reply.c DEPENDS ff::classify CORPUS tests/fuzz/corpus/reply)
ff_test(mask_paths_test SOURCES mask_paths_test.c mask_emulated.c DEPENDS ff::classify)
# emulated vectors are passed by value; nobody else calls these functions
set_source_files_properties(mask_emulated.c PROPERTIES COMPILE_OPTIONS -Wno-psabi)
ff_test(classify_lint_test SOURCES classify_lint_test.c DEPENDS ff::classify PkgConfig::HS)
