# Reads a log of ThreadSanitizer. Prints the two accesses of its first report, each in words and as the line of
# the source, and what they mean. gcc and clang name a line as FILE:LINE and FILE:LINE:COLUMN.
# LESSON_HOME in the environment: the folder that the part was built from, with a slash.

# name_of "thread T2" or "main thread"
function name_of(thread) {
    sub(/^thread /, "", thread)
    return thread == "main thread" ? "main" : thread in name ? name[thread] : "thread " thread
}

# The report names the locks M12 and M15. They are A, B, ... in the order in which they are mentioned.
function lock(number) {
    if (!(number in letter))
        letter[number] = substr("ABCDEFGH", ++locks, 1)
    return letter[number]
}

# Of a circle of more than two locks, the first two are told.
function add_access(is_previous, thread, what) {
    if (count == 2)
        return
    count++
    place = is_previous ? "before" : "now"
    who[place] = thread
    did[place] = what
    is_open = 1
}

# print_line FILE NUMBER: without its indentation, cut where a terminal would break it.
function print_line(file, number,    path, line, i) {
    path = home file
    number += 0
    for (i = 1; i <= number && (getline line <path) > 0; i++)
        if (i == number) {
            gsub(/^[ \t]+/, "", line)
            print substr(sprintf("    %4d  %s", number, line), 1, 80)
        }
    close(path)
}

function print_access(place) {
    print "  " name_of(who[place]) " " did[place] ", in " in_function[place] ":"
    print "  " file_of[place]
    print_line(file_of[place], line_of[place])
}

BEGIN { home = ENVIRON["LESSON_HOME"] }

/WARNING: ThreadSanitizer: / {
    reports++
    is_race = /: data race /
    is_inversion = /: lock-order-inversion /
}
reports != 1 { next }

# A heading has two spaces in front, and its stack four.
/^  [^ ]/ { is_open = 0 }

/^  (Previous )?([Aa]tomic )?([Rr]ead|[Ww]rite) of size [0-9]+ at / {
    is_previous = /^  Previous/
    is_write = /^  (Previous )?([Aa]tomic )?[Ww]rite/
    match($0, /of size [0-9]+/)
    bytes = substr($0, RSTART + 8, RLENGTH - 8)
    what = is_write ? (is_previous ? "wrote" : "writes") : (is_previous ? "read" : "reads")
    what = what " " bytes (bytes == 1 ? " byte" : " bytes") (is_previous ? "" : " there")
    what = what (/[Aa]tomic/ ? " atomically" : "") (/\(mutexes: / ? ", holding a lock" : ", without a lock")
    thread = $0
    sub(/.* by /, "", thread)
    sub(/( \(mutexes: .*)?:$/, "", thread)
    add_access(is_previous, thread, what)
}
/^  Mutex M[0-9]+ acquired here while holding mutex M[0-9]+ in / {
    held = lock($8)
    thread = $0
    sub(/.* in /, "", thread)
    sub(/:$/, "", thread)
    add_access(count == 0, thread, "takes the lock " lock($2) " while it holds the lock " held)
}
# The first frame in a part: above it are the detector's own and those of common/.
is_open && /^    #[0-9]+ / && !(place in file_of) && (at = index($0, " " home "part-")) {
    file = substr($0, at + 1 + length(home))
    if (match(file, /^[^:]*\.[ch]:[0-9]+/)) {
        file = substr(file, 1, RLENGTH)
        line_of[place] = file
        sub(/.*:/, "", line_of[place])
        sub(/:.*/, "", file)
        file_of[place] = file
        in_function[place] = $2
    }
}

/^  Location is global / {
    # A static one of a function is job.0 for gcc, and process_all.job for clang.
    where = $4
    gsub(/^'|\.[0-9]+'$|'$/, "", where)
    sub(/.*\./, "", where)
    where = "the variable " where
}
/^  Location is heap block of size / {
    thread = $0
    sub(/.* allocated by /, "", thread)
    sub(/:$/, "", thread)
    where = "memory"
    allocator = thread
}
/^  Location is stack of / {
    where = "stack"
    allocator = $0
    sub(/.* stack of /, "", allocator)
    sub(/\.$/, "", allocator)
}
/^  Thread T[0-9]+ '/ {
    match($0, /'[^']*'/)
    name[$2] = substr($0, RSTART + 1, RLENGTH - 2)
}

END {
    if (!("before" in file_of) || !("now" in file_of))
        exit
    print_access("before")
    print_access("now")
    if (where == "memory")
        where = "memory that " name_of(allocator) " has allocated"
    else if (where == "stack")
        where = "the stack of " name_of(allocator)
    if (is_race) {
        if (where != "")
            print "Both are in " where "."
        print "No lock, start or wait orders the two. A run that comes out right was lucky."
    } else if (is_inversion)
        print "At the same time, each would wait for the lock that the other one holds."
}
