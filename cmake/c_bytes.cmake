# c_bytes.cmake: bytes in hexadecimal as the elements of a C array, twenty to a line. For scripts that run with cmake -P.
function(c_bytes hex ret)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n" bytes "${bytes}")
  set(${ret} "${bytes}" PARENT_SCOPE)
endfunction()
