# cmake -DPAGE=.../page -DHEADER=.../replay_page.h -P page_header.cmake
#
# Writes a page as a C header: page.html, in which page.css takes the place of @STYLE@, and the scripts, as one, that
# of @SCRIPT@. The page comes in two halves, that before the line @RUNS@ and that after it. Its policy allows this one style
# and this one script, by their hashes, so that no text of a run can become either.

cmake_minimum_required(VERSION 3.22)

# base64_of(HEX VARIABLE): the bytes that are given in hexadecimal digits.
function(base64_of hex variable)
  set(letters ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/)
  string(LENGTH "${hex}" digits)
  math(EXPR missing "(3 - ${digits} / 2 % 3) % 3") # bytes, to a multiple of three
  string(REPEAT "00" ${missing} zeros)
  string(REPEAT "=" ${missing} padding)
  string(REGEX MATCHALL "..." groups "${hex}${zeros}") # of 12 bits each
  set(text "")
  foreach(group IN LISTS groups)
    math(EXPR high "0x${group} / 64")
    math(EXPR low "0x${group} % 64")
    string(SUBSTRING ${letters} ${high} 1 first)
    string(SUBSTRING ${letters} ${low} 1 second)
    string(APPEND text ${first}${second})
  endforeach()
  string(LENGTH "${text}" length)
  math(EXPR length "${length} - ${missing}")
  string(SUBSTRING "${text}" 0 ${length} text)
  set(${variable} "${text}${padding}" PARENT_SCOPE)
endfunction()

file(READ ${PAGE}/page.html page)
set(STYLE_files page.css)
set(SCRIPT_files read.js words.js draw.js page.js)
foreach(name STYLE SCRIPT)
  set(text "")
  foreach(file IN LISTS ${name}_files)
    file(READ ${PAGE}/${file} piece)
    string(APPEND text "${piece}")
  endforeach()
  string(SHA256 hash "${text}")
  base64_of(${hash} hash)
  string(REPLACE "@${name}@" "${text}" page "${page}")
  string(REPLACE "@${name}_HASH@" "sha256-${hash}" page "${page}")
endforeach()

set(header "/* The build makes this file from ${PAGE}. Edit that folder instead. */\n")
string(FIND "${page}" "@RUNS@\n" middle)
string(SUBSTRING "${page}" 0 ${middle} head)
math(EXPR middle "${middle} + 7")
string(SUBSTRING "${page}" ${middle} -1 foot)
foreach(half head foot)
  # As numbers: no compiler must take a string of this length.
  string(HEX "${${half}}" bytes)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(APPEND header "\nstatic const unsigned char replay_page_${half}[] = {${bytes}};\n")
endforeach()
file(WRITE ${HEADER} "${header}")
