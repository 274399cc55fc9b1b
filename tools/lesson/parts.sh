# shellcheck shell=sh
# The parts and their modes. A folder with a modes.txt is a part: a new one needs no change here.
# shellcheck disable=SC2154 # common.sh sets root

part_folders() {
    for modes in "$root"/part-[0-9][0-9]-*/modes.txt; do
        folder=${modes%/modes.txt}
        printf '%s\n' "${folder##*/}"
    done
}

# number_of part-02-threads: 2
number_of() {
    number=${1#part-}
    number=${number%%-*}
    printf '%s' "${number#0}"
}

part_numbers() {
    list=''
    for folder in $(part_folders); do
        list="$list${list:+, }$(number_of "$folder")"
    done
    printf '%s' "$list"
}

# find_part WORD: sets part to the folder that 2, 02, threads or part-02-threads stands for.
find_part() {
    for part in $(part_folders); do
        number=$(number_of "$part")
        case $1 in
        "$number" | "0$number" | "${part#part-*-}" | "$part") return 0 ;;
        esac
    done
    return 1
}

need_part() {
    find_part "$1" || die 2 "$1: no such part; the parts are $(part_numbers)"
}

title_of() {
    sed -n 's/^Title: *//p' "$root/$1/modes.txt"
}

# list_modes FOLDER: name, file and summary of each mode, a line each, with tabs between.
list_modes() {
    awk -v RS= -F '\n' '
        {
            split("", field)
            for (i = 1; i <= NF; i++)
                if (match($i, /^[A-Za-z-]+: +/))
                    field[substr($i, 1, index($i, ":") - 1)] = substr($i, RLENGTH + 1)
        }
        "Mode" in field { print field["Mode"] "\t" field["File"] "\t" field["Summary"] }
        ' "$root/$1/modes.txt"
}

mode_names() {
    list_modes "$1" | awk -F '\t' '{ printf "%s%s", separator, $1; separator = ", " }'
}

# field_of FOLDER MODE FIELD: of the mode's stanza; nothing if it has no such field.
field_of() {
    awk -v RS= -F '\n' -v mode="Mode: $2" -v field="$3: " '$1 == mode {
        for (i = 2; i <= NF; i++)
            if (index($i, field) == 1)
                print substr($i, length(field) + 1)
    }' "$root/$1/modes.txt"
}

# in_all FOLDER: the options that give a part the load of all parts, and no other.
in_all() {
    sed -n 's/^In-All: *//p' "$root/$1/modes.txt"
}

# file_of FOLDER MODE: the file that shows the mode; nothing if there is no such mode.
file_of() {
    list_modes "$1" | awk -F '\t' -v name="$2" '$1 == name { print $2 }'
}

# wrap INDENT WIDTH: reads lines of a heading, a tab and a text. Breaks the text so that no line has
# more than WIDTH columns; it goes on below, behind INDENT columns.
wrap() {
    awk -F '\t' -v indent="$1" -v width="$2" '{
        count = split($2, words, " ")
        line = $1
        for (i = 1; i <= count; i++) {
            if (length(line " " words[i]) > width) {
                print line
                line = sprintf("%*s", indent - 1, "")
            }
            line = line " " words[i]
        }
        print line
    }'
}
