#!/bin/sh
# Predicts the second member of each public pair, and prints how far each prediction is from the measurement, beside its
# rivals, beside the distance that chance alone puts between two measurements, and beside that between the processors of the
# measured board: the table of public-pairs.md. The machines were fitted by public-pairs-fit.sh. With a third
# argument it draws the comparisons into that folder.
#
#     sh public-pairs.sh IRQPATH DATA [PICTURES]
#
# IRQPATH is the program, DATA the folder with the measured files, whose names the scenarios' comments have.
set -eu
irqpath=$1 data=$2 pictures=${3-}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Arguments for a measured file: the unit, where the file does not tell it.
unit() {
    "$irqpath" import "$1" --unit us >/dev/null 2>&1 && echo '--unit us' || true
}

# The greatest value, in whole us.
most() {
    "$irqpath" import "$@" 2>/dev/null | awk '/^all: thread latency/ || /^thread latency/ { most = int($NF) } END { print most }'
}

# The mean distance of one processor's measurement from the others' together, over the processors of $work/columns.
between_processors() {
    processors=$(awk '/^[0-9]/ { print NF - 1; exit }' "$work/columns")
    [ "$processors" -gt 1 ] || { echo -; return; }
    processor=1
    while [ "$processor" -le "$processors" ]; do
        awk -v one="$work/one" -v others="$work/others" -v column="$((processor + 1))" '
            /^[0-9]/ {
                rest = 0
                for (i = 2; i <= NF; i++)
                    rest += i == column ? 0 : $i
                print $1 + 0, $column + 0 >one
                print $1 + 0, rest >others
            }' "$work/columns"
        "$irqpath" validate "$1" "$work/others" --unit us --baseline "$work/others" --repeat "$work/one" --json || true
        processor=$((processor + 1))
    done | awk '/"name":/ { repeated = /measured again/ } repeated && /"wasserstein_ps":/ { sum += $2; count++ }
                END { printf "%.2f\n", sum / count / 1e6 }'
}

# How far two measurements of as many samples would be from each other if nothing differed but the samples, and these were
# independent: the expected |difference| of two empirical distribution functions, summed over the bins of 1 us.
by_chance() {
    awk '/^[0-9]/ {
            rows = NR
            for (i = 2; i <= NF; i++)
                count[NR] += $i
            samples += count[NR]
        }
        END {
            for (row = 1; row <= rows; row++) {
                below += count[row] / samples
                if (below < 1)
                    sum += sqrt(4 * below * (1 - below) / (3.14159265 * samples))
            }
            printf "%.4f\n", sum
        }' "$work/columns"
}

# pair TITLE SCENARIO MEASURED BASELINE SHIFT: the measured file, the one before the change, the known extra cost in us.
pair() {
    result=$work/$2/$2.json
    "$irqpath" run "$here/$2.yaml" -o "$work/$2" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
    # shellcheck disable=SC2046 # no or two words
    set -- "$1" "$2" "$data/$3" "$data/$4" "$5" $(unit "$data/$3")
    title=$1 scenario=$2 measured=$3 baseline=$4 shift_us=$5
    shift 5
    "$irqpath" import "$measured" "$@" --to cyclictest >"$work/columns" 2>/dev/null
    [ "$shift_us" = 0 ] || cost=$shift_us
    # Exit codes above 3 are verdicts.
    "$irqpath" validate "$result" "$measured" "$@" --baseline "$baseline" ${cost:+--cost "$cost us"} \
        >"$work/verdict" 2>"$work/log" || [ $? -gt 3 ] || { cat "$work/log" >&2; exit 1; }
    unset cost
    awk -v title="$title" -v chance="$(by_chance)" -v processors="$(between_processors "$result")" \
        -v most="$(most "$result"), $(most "$measured" "$@")" -v itself="$([ "$measured" != "$baseline" ] || echo 1)" '
        function whole(x) { return x == "-" ? x : int(x) }
        /^p/ && !($1 in quantile) { quantile[$1] = whole($2) ", " whole($3) }
        /^the prediction  / { model = $3 }
        /^no change  / { distance["none"] = $3 }
        /^shift  / { distance["shift"] = $2 }
        /^scale  / { distance["scale"] = $2 }
        function told(x) { return itself || !(x in distance) ? "-" : sprintf("%.2f", distance[x]) }
        END {
            printf "| %s | %.2f | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", title, model, told("none"), told("shift"),
                told("scale"), chance, processors, quantile["p50"], quantile["p99.9"], quantile["p99.99"], most
        }' "$work/verdict"
    [ -z "$pictures" ] || "$irqpath" compare "$result" "$measured" "$@" --plot "$pictures/$scenario" --format png >/dev/null
}

cat <<'END'
| predicted | W1 model | no change | shift | scale | chance | processors | p50 | p99.9 | p99.99 | max |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
END
imx95=imx95_6.6.36-rt_
for load in idle timer100k timer1m; do
    case $load in
    idle) name=idle ;;
    timer100k) name='timer 100 kHz' ;;
    timer1m) name='timer 1 MHz' ;;
    esac
    pair "i.MX95, $name: native, itself" imx95-$load ${imx95}native_$load.json ${imx95}native_$load.json 0
    pair "i.MX95, $name: static Xen" imx95-xen-static-$load ${imx95}xenstatic_$load.json ${imx95}native_$load.json 3.11
    pair "i.MX95, $name: Xen (Dom0)" imx95-xen-$load ${imx95}xen_$load.json ${imx95}native_$load.json 8.0
done
pair 'Raspberry Pi: stock, itself' raspberry-pi-stock rpi_6.x_native_osadl.txt rpi_6.x_native_osadl.txt 0
pair 'Raspberry Pi: PREEMPT_RT' raspberry-pi-rt rpi_6.x-rt_native_osadl.txt rpi_6.x_native_osadl.txt 0
imx8mp=imx8mp_6.6.23-preempt_native_
pair 'i.MX8M Plus: idle, itself' imx8mp-idle ${imx8mp}idle.hist ${imx8mp}idle.hist 0
pair 'i.MX8M Plus: timer 100 kHz' imx8mp-timer100k ${imx8mp}timer100k.hist ${imx8mp}idle.hist 0
pair 'i.MX8M Plus: timer 1 MHz' imx8mp-timer1m ${imx8mp}timer1m.hist ${imx8mp}idle.hist 0
zcu102=zcu102_6.12.40-rt_native_
pair 'ZCU102: idle, itself' zcu102-idle ${zcu102}idle.json ${zcu102}idle.json 0
pair 'i9-9900K: idle, itself' i9-9900k-idle i9-9900k_5.15.49-rt47_native_osadlfarm.json \
    i9-9900k_5.15.49-rt47_native_osadlfarm.json 0
