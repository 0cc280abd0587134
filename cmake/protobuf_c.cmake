# ff::protobuf_c: code that protobuf-c makes of our schemas: the oracle of tests and the peer of benchmarks. Never in a
# shipped program (docs/decisions/protobuf.md).
if(NOT TARGET ff_protobuf_c)
  find_program(PROTOC_C protoc-c REQUIRED)
  pkg_check_modules(PROTOBUF_C REQUIRED IMPORTED_TARGET libprotobuf-c)
  set(ff_pbc_dir ${PROJECT_BINARY_DIR}/protobuf_c)
  set(ff_pbc_sources)
  foreach(name event result suppression)
    add_custom_command(
      OUTPUT ${ff_pbc_dir}/${name}.pb-c.c ${ff_pbc_dir}/${name}.pb-c.h
      COMMAND ${CMAKE_COMMAND} -E make_directory ${ff_pbc_dir}
      COMMAND ${PROTOC_C} --c_out=${ff_pbc_dir} -I ${PROJECT_SOURCE_DIR}/proto ${PROJECT_SOURCE_DIR}/proto/${name}.proto
      DEPENDS ${PROJECT_SOURCE_DIR}/proto/${name}.proto)
    list(APPEND ff_pbc_sources ${ff_pbc_dir}/${name}.pb-c.c)
  endforeach()
  add_library(ff_protobuf_c STATIC ${ff_pbc_sources})
  add_library(ff::protobuf_c ALIAS ff_protobuf_c)
  target_include_directories(ff_protobuf_c SYSTEM PUBLIC ${ff_pbc_dir})
  target_link_libraries(ff_protobuf_c PUBLIC PkgConfig::PROTOBUF_C)
endif()
