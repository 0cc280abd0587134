# embed_page.cmake: writes the files of the page as C arrays, in the order of enum ff_api_page_file.
# cmake -DOUT=... -DFILES=a;b -P embed_page.cmake
include(${CMAKE_CURRENT_LIST_DIR}/../../../cmake/c_bytes.cmake)
set(arrays "")
set(slices "")
foreach(file ${FILES})
  get_filename_component(name ${file} NAME)
  string(MAKE_C_IDENTIFIER ${name} id)
  file(READ ${file} hex HEX)
  c_bytes("${hex}" bytes)
  string(APPEND arrays "static const unsigned char ${id}[] = {\n${bytes}};\n")
  string(APPEND slices "    {${id}, sizeof ${id}},\n")
endforeach()
file(WRITE ${OUT} "/* Made from suppress/http/page by embed_page.cmake. */
#include \"suppress/http/api_int.h\"

${arrays}
const struct ff_slice ff_api_page[FF_API_PAGE_FILES] = {
${slices}};
")
