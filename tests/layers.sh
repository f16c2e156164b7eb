#!/bin/sh
# The layers of DESIGN.md, checked by what the sources include and call.
#
#     layers.sh ROOT        checks the tree below ROOT; each breach is a line "file:line:text"
#     layers.sh --self-test checks that each rule can fail
set -u

# breaches RULE PATTERN FILE...: the lines of the files that match an extended regular expression; comments do not count.
breaches() {
    rule=$1 pattern=$2
    shift 2
    [ $# -gt 0 ] || return 0
    # Blank out comments but keep the lines, so that their numbers are right.
    found=$(for file in "$@"; do
        awk -v file="$file" -v pattern="$pattern" '
            {
                line = $0; code = ""
                while (line != "") {
                    if (inside) {
                        end = index(line, "*/")
                        if (!end) break
                        line = substr(line, end + 2); inside = 0
                    } else {
                        start = index(line, "/*")
                        if (!start) { code = code line; break }
                        code = code substr(line, 1, start - 1) " "
                        line = substr(line, start + 2); inside = 1
                    }
                }
                sub(/\/\/.*/, "", code)
                if (code ~ pattern) print file ":" FNR ":" $0
            }' "$file"
    done)
    [ -z "$found" ] && return 0
    printf '%s:\n%s\n' "$rule" "$found"
    return 1
}

sources() { # FOLDER...: the C sources and headers below the folders that exist
    for folder in "$@"; do
        [ -d "$folder" ] && find "$folder" -name '*.[ch]'
    done | sort
}

# The names of files have no blanks, so the lists below may be split.
check() {
    cd "$1" || return 2
    failed=0
    include='^[ \t]*#[ \t]*include[ \t]*["<]'
    call='(^|[^A-Za-z0-9_])'

    breaches 'sim includes models (only sim/cli/main.c may)' "${include}([.][.]/)*models/" \
        $(sources sim include | grep -v '^sim/cli/main\.c$') || failed=1
    breaches 'the engine includes what stands above it' \
        "${include}(irqpath|sim|[.][.])/(scenario|study|measured|result_file|file|cli|model|trace)[./]" \
        $(sources sim/engine) $(ls include/irqpath/engine.h 2> /dev/null) || failed=1
    breaches 'random and stats include what stands above them' \
        "${include}(irqpath|sim|[.][.])/(scenario|study|measured|result_file|cli|model|engine|trace)[./]" \
        $(sources sim/random sim/stats) || failed=1
    breaches 'models know YAML, JSON, threads of the host, studies, files or commands' \
        "${include}((yaml|jansson|pthread|threads|zlib)[.]h|irqpath/(study|measured|result_file|file)[.]h|sim/(cli|study|measured)/)" \
        $(sources models) || failed=1
    breaches 'models use standard streams' "${call}(FILE|fopen|fputs|fputc|fwrite|fflush)([^A-Za-z0-9_]|\$)" \
        $(sources models) || failed=1
    # fprintf is fine: what it may print to is the matter of the rule after this one.
    breaches 'the library prints, exits or aborts' \
        "${call}(v?printf|v?dprintf|puts|putchar|perror|exit|_exit|_Exit|quick_exit|abort)[ \t]*\\(" \
        $(sources sim models | grep -v '^sim/cli/') || failed=1
    breaches 'the library uses standard output or error' "${call}(stdout|stderr)([^A-Za-z0-9_]|\$)" \
        $(sources sim models | grep -v '^sim/cli/') || failed=1
    return $failed
}

# expect VERDICT FILE LINE: whether a tree with nothing but this file passes.
expect() {
    tree=$(mktemp -d) || exit 2
    mkdir -p "$tree/$(dirname "$2")"
    printf '%b\n' "$3" > "$tree/$2"
    if (check "$tree") > /dev/null; then verdict=passes; else verdict=fails; fi
    rm -r "$tree"
    if [ "$verdict" != "$1" ]; then
        echo "self-test: '$3' in $2 $verdict"
        exit 1
    fi
}

self_test() {
    expect fails sim/stats/a.c '#include "models/model.h"'
    expect fails sim/cli/run.c '#  include "models/model.h"'
    expect passes sim/cli/main.c '#include "models/model.h"'
    expect fails sim/engine/a.c '#include "irqpath/scenario.h"'
    expect fails sim/engine/a.h '#include "irqpath/study.h"'
    expect fails sim/engine/a.h '#include "sim/measured/format.h"'
    expect fails include/irqpath/engine.h '#include "irqpath/measured.h"'
    expect passes sim/engine/a.c '#include "irqpath/result.h"'
    expect fails sim/random/a.c '#include "irqpath/engine.h"'
    expect fails models/a.c '#include <yaml.h>'
    expect fails models/guest/a.c '#include <jansson.h>'
    expect fails models/a.c '#include <pthread.h>'
    expect fails models/a.c '#include "irqpath/study.h"'
    expect fails models/a.c '#include "sim/cli/command.h"'
    expect fails models/a.c 'FILE *out;'
    expect passes models/a.c '#include "irqpath/model.h"\nint profile;'
    expect fails sim/study/a.c 'x = 1; printf("x");'
    expect fails sim/study/a.c '/* fine */ exit (1);'
    expect fails models/a.c '/* a\n * b */ abort();'
    expect fails sim/measured/a.c 'fputs("x", stderr);'
    expect fails sim/measured/a.c 'fprintf(stdout, "x");'
    expect passes sim/cli/run.c 'printf("x"); exit(1);'
    expect passes sim/study/a.c 'snprintf(a, 1, "x"); vsnprintf(a); fputs(text, out); my_exit(1);'
    expect passes sim/study/a.c '/* never calls exit(1)\n   or abort() */ int x; // printf()'
    echo "every rule can fail"
}

if [ "${1:-}" = --self-test ]; then
    self_test
else
    check "${1:-.}"
fi
