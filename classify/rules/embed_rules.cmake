# embed_rules.cmake: joins the rules files and writes them as a C array. cmake -DOUT=... -DFILES=a;b -P embed_rules.cmake
include(${CMAKE_CURRENT_LIST_DIR}/../../cmake/c_bytes.cmake)
set(hex "")
foreach(file ${FILES})
  get_filename_component(name ${file} NAME)
  string(HEX "file classify/rules/${name}\n" place) # so that messages name the file and its own lines
  file(READ ${file} part HEX)
  string(APPEND hex ${place} ${part})
endforeach()
c_bytes("${hex}" bytes)
file(WRITE ${OUT} "/* Made from classify/rules by embed_rules.cmake. */
#include \"classify/ruleset/rules_int.h\"

static const unsigned char builtin[] = {
${bytes}};

struct ff_slice ff_rules_builtin(void)
{
    return ff_slice_of(builtin, sizeof builtin);
}
")
