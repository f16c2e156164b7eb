#!/bin/sh
# Fits the machines of the public pairs, each to its idle native member, and the i.MX95's cold lines under a load to its
# loaded native one: what stands in ../machines/*.yaml and in imx95-timer*.yaml as fitted. Twenty minutes of one processor.
#
#     sh public-pairs-fit.sh IRQPATH DATA FOLDER
#
# IRQPATH is the program, DATA the folder with the measured files. For each scenario FOLDER gets the file that calibrate
# writes, without intervals, and what it says; for the machines also what it says of the posterior, in a search of its own
# with an eighth of the wake-ups.
set -eu
irqpath=$1 data=$2 folder=$3
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$folder"

# What is known before: ../machines/linux-in-cycles.yaml. It is said again, as the machines have it fitted by now.
constant='{value: 1350 cycles, range: [135 cycles, 13500 cycles]}'
cold='{dist: lognormal, mean: 1 us, cv: 1, range: [0.05 us, 10 us]}'

# fit SCENARIO MEASURED FREE [OPTION]...
fit() {
    scenario=$1 measured=$2 free=$3
    shift 3
    "$irqpath" calibrate "$here/$scenario.yaml" --measured "$data/$measured" --free "$free" \
        --set "costs.guest.switch_refill=$cold" "$@"
}

# idle SCENARIO MEASURED [OPTION]...
idle() {
    echo "$1"
    scenario=$1 measured=$2
    shift 2
    set -- "$scenario" "$measured" costs.guest.context_switch,costs.guest.switch_refill \
        --set "costs.guest.context_switch=$constant" "$@"
    fit "$@" -n 40000 --particles 0 -o "$folder/$1.yaml" >"$folder/$1.txt"
    fit "$@" -n 5000 --particles 24 >"$folder/$1-posterior.txt"
}

idle imx95-idle imx95_6.6.36-rt_native_idle.json
idle imx8mp-idle imx8mp_6.6.23-preempt_native_idle.hist
idle zcu102-idle zcu102_6.12.40-rt_native_idle.json
idle raspberry-pi-stock rpi_6.x_native_osadl.txt
idle i9-9900k-idle i9-9900k_5.15.49-rt47_native_osadlfarm.json --unit us
for load in timer100k timer1m; do
    echo "imx95-$load"
    fit "imx95-$load" "imx95_6.6.36-rt_native_$load.json" costs.guest.switch_refill -n 20000 --particles 0 \
        -o "$folder/imx95-$load.yaml" >"$folder/imx95-$load.txt"
done
