#!/bin/sh
# Predicts the second member of each public pair, and prints how far each prediction is from the measurement, beside its
# rivals and beside the distance between the processors of the measured board: the tables of public-pairs.md. With a third
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

# Columns of counts, one for each processor, by whole microseconds.
columns() {
    "$irqpath" import "$1" --unit us --to cyclictest 2>/dev/null || "$irqpath" import "$1" --to cyclictest
}

# pair TITLE SCENARIO MEASURED BASELINE SHIFT: the measured file, the one before the change, the known extra cost in us.
pair() {
    "$irqpath" run "$here/$2.yaml" -o "$work/$2" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
    columns "$work/$2/$2.json" >"$work/predicted"
    columns "$data/$3" >"$work/measured"
    columns "$data/$4" >"$work/baseline"
    awk -v title="$1" -v shift_us="$5" -f "$here/public-pairs.awk" \
        "$work/predicted" "$work/measured" "$work/baseline"
    [ -z "$pictures" ] || "$irqpath" compare "$work/$2/$2.json" "$data/$3" --plot "$pictures/$2" --format png \
        >/dev/null
}

cat <<'END'
| predicted | W1 model | no change | shift | scale | processors | p50 | p99.9 | p99.99 | max |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
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
