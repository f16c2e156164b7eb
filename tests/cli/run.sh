#!/bin/sh
# Runs one case of an exact-output test: run.sh IRQPATH CASE
#
# A case is a folder with `command` (shell; $IRQPATH is the program, $DATA the folder data/ beside the cases),
# `expected-stdout`, `expected-stderr` (empty if absent) and `expected-exit` (0 if absent). It runs in a temporary
# folder that holds a copy of the case. UPDATE=1 writes what comes out as what is expected.
set -u
IRQPATH=$1
case=$2
DATA=$(cd "$(dirname "$0")/data" && pwd)
export IRQPATH DATA LC_ALL=C.UTF-8
unset IRQPATH_PATH IRQPATH_DATA NO_COLOR

if grep -q 'gnuplot' "$case/command" && ! command -v gnuplot >/dev/null; then
    echo "gnuplot is not there: skipped"
    exit 77
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/case"
cp -R "$case/." "$work/case/"
rm -f "$work/case/expected-"*
(cd "$work/case" && sh ./command >"$work/stdout" 2>"$work/stderr")
echo $? >"$work/exit"

if [ "${UPDATE:-0}" = 1 ]; then
    for name in stdout stderr exit; do
        cp "$work/$name" "$case/expected-$name"
    done
    [ -s "$case/expected-stderr" ] || rm -f "$case/expected-stderr"
    [ "$(cat "$case/expected-exit")" = 0 ] && rm -f "$case/expected-exit"
    exit 0
fi

result=0
compare() { # what, expected file or what stands for an absent one
    if [ -f "$case/expected-$1" ]; then
        cat "$case/expected-$1"
    else
        printf '%s' "$2"
    fi | diff -u --label "expected $1" --label "$1" - "$work/$1" || result=1
}
compare stdout ''
compare stderr ''
compare exit '0
'
exit $result
