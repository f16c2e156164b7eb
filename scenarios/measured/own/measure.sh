#!/bin/sh
# Measures wake-up latencies of Linux with cyclictest, idle and under hackbench: on one processor of this host, and in
# QEMU, which counts instructions, with Debian's PREEMPT_RT kernel. It installs nothing; it says what is missing.
# README.md beside it tells what the conditions are and what they are not.
set -eu

usage() {
    cat <<'END'
Usage: measure.sh [OPTION]... native|qemu|kernel [CONDITION]...

  native   measure on this host; as root, or with the right to real-time priorities
  qemu     measure in QEMU, one instruction per nanosecond of its time
  kernel   download the kernel package into the work folder and unpack it there, without installing it

Conditions: idle, hackbench, rate (how long hackbench takes alone); all three if none is named.

  -o DIR   where the results go (.)
  -w DIR   work folder: kernel, initial file system, logs (/tmp/irqpath-measure)
  -n N     wake-ups of a condition (20000)
  -i US    interval of cyclictest in microseconds (1013, which shares no period with a tick of 1 or 4 ms)
  -g N     groups of hackbench, 40 processes each (1)
  -r N     another measurement of the same system, which has -N in its name; in QEMU a word on the kernel's command
           line moves the moment at which it begins, and the same N gives the same bytes
END
}

die() {
    echo "measure.sh: $1" >&2
    exit 1
}

# need PROGRAM PACKAGE: notes a package whose program is missing.
missing=
need() {
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}

refuse_if_missing() {
    [ -z "$missing" ] || die "programs are missing; on Debian 12: apt-get install$missing"
}

measure_natively() {
    need cyclictest rt-tests
    need hackbench rt-tests
    need taskset util-linux
    refuse_if_missing
    cpu=$(($(getconf _NPROCESSORS_ONLN) - 1))
    for condition in $conditions; do
        name=$out/native-$condition${repeat:+-$repeat}
        load=
        echo "native, $condition"
        if [ "$condition" = rate ]; then
            taskset -c "$cpu" hackbench -g "$groups" -l 5000 >"$name.txt"
            continue
        fi
        if [ "$condition" = hackbench ]; then
            taskset -c "$cpu" hackbench -g "$groups" -l 100000000 >/dev/null 2>&1 &
            load=$!
            sleep 2
        fi
        echo "load of the host in the last minutes: $(cut -d ' ' -f 1-3 /proc/loadavg)"
        cyclictest -q -m -a "$cpu" -p 99 -i "$interval" -l "$samples" -N -h 1000000 --json="$work/native.json" >/dev/null
        [ -z "$load" ] || kill "$load"
        anonymous "$work/native.json" "$name.json"
    done
}

# anonymous FROM TO: without the host's name.
anonymous() {
    sed 's/\("nodename": *\)"[^"]*"/\1"host"/' "$1" | gzip -9n >"$2.gz"
}

# What runs as the first process in QEMU. The condition comes on the kernel's command line, which the kernel turns into
# the environment of this script.
write_init() {
    cat <<'END'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/shm
mount -t tmpfs shm /dev/shm
stty -F /dev/ttyS1 raw 115200
uname -a
cat /sys/devices/system/clocksource/clocksource0/current_clocksource
grep . /sys/devices/system/cpu/vulnerabilities/*
sleep 1
case $condition in
rate)
    hackbench -g "$groups" -l 500 >/tmp/result
    ;;
*)
    if [ "$condition" = hackbench ]; then
        hackbench -g "$groups" -l 100000000 >/dev/null 2>&1 &
        sleep 1
    fi
    cyclictest -q -m -p 99 -i "$interval" -l "$samples" -N -h 1000000 --json=/tmp/result >/dev/null
    killall -q hackbench
    ;;
esac
cat /tmp/result >/dev/ttyS1
poweroff -f
END
}

# The same bytes from the same programs: sorted, without dates.
build_file_system() {
    root=$work/root
    rm -rf "$root"
    mkdir -p "$root/bin" "$root/dev" "$root/proc" "$root/sys" "$root/tmp"
    cp "$(command -v busybox)" "$root/bin/busybox"
    for program in cyclictest hackbench; do
        cp "$(command -v $program)" "$root/bin/$program"
        ldd "$(command -v $program)" | grep -o '/[^ ]*' | while read -r library; do
            mkdir -p "$root${library%/*}"
            cp -L "$library" "$root$library"
        done
    done
    write_init >"$root/init"
    chmod 755 "$root/init"
    find "$root" -exec touch -h -d @0 {} +
    (cd "$root" && find . | LC_ALL=C sort | cpio --quiet --reproducible -o -H newc -R 0:0 | gzip -9n) >"$work/initrd.gz"
}

# -icount shift=0,sleep=off: an instruction takes a nanosecond, and idle time is skipped; with the clock of the machine
# itself and a fixed seed nothing of the host comes in. qemu64 has no random-number instruction, which would.
measure_in_qemu() {
    need qemu-system-x86_64 qemu-system-x86
    need cyclictest rt-tests
    need hackbench rt-tests
    need busybox busybox-static
    need cpio cpio
    refuse_if_missing
    image=$(find "$work/kernel/boot/" -name 'vmlinuz-*-rt-amd64' 2>/dev/null | head -n 1)
    [ -n "$image" ] || die "no kernel in $work/kernel; 'measure.sh kernel' downloads it"
    build_file_system
    for condition in $conditions; do
        name=$out/qemu-icount-rt-$condition${repeat:+-$repeat}
        echo "QEMU, $condition"
        timeout 3600 nice -n 5 qemu-system-x86_64 -machine q35 -cpu qemu64 -m 256 -smp 1 -accel tcg \
            -icount shift=0,sleep=off -rtc base=2026-01-01,clock=vm -seed 1 -nodefaults -no-user-config -display none \
            -no-reboot \
            -kernel "$image" -initrd "$work/initrd.gz" \
            -serial "file:$work/qemu-$condition.log" -serial "file:$work/qemu.out" \
            -append "console=ttyS0 quiet nokaslr tsc=reliable clocksource=tsc panic=-1 condition=$condition samples=$samples interval=$interval groups=$groups${repeat:+ repeat=$repeat}" ||
            die "QEMU failed; see $work/qemu-$condition.log"
        [ -s "$work/qemu.out" ] || die "QEMU measured nothing; see $work/qemu-$condition.log"
        if [ "$condition" = rate ]; then
            cp "$work/qemu.out" "$name.txt"
        else
            anonymous "$work/qemu.out" "$name.json"
        fi
    done
}

download_kernel() {
    need dpkg-deb dpkg
    need apt-get apt
    refuse_if_missing
    package=$(apt-cache depends linux-image-rt-amd64 | sed -n 's/^ *Depends: *//p' | head -n 1)
    [ -n "$package" ] || die "apt knows no linux-image-rt-amd64"
    (cd "$work" && apt-get download "$package")
    dpkg-deb -x "$work/$package"_*.deb "$work/kernel"
    ls "$work/kernel/boot"
}

out=.
work=/tmp/irqpath-measure
samples=20000
interval=1013
groups=1
repeat=
while getopts o:w:n:i:g:r:h option; do
    case $option in
    o) out=$OPTARG ;;
    w) work=$OPTARG ;;
    n) samples=$OPTARG ;;
    i) interval=$OPTARG ;;
    g) groups=$OPTARG ;;
    r) repeat=$OPTARG ;;
    h) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
    esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || { usage >&2 && exit 2; }
where=$1
shift
conditions=${*:-idle hackbench rate}
for condition in $conditions; do
    case $condition in
    idle | hackbench | rate) ;;
    *) die "unknown condition '$condition'; there are idle, hackbench and rate" ;;
    esac
done
mkdir -p "$out" "$work"
case $where in
native) measure_natively ;;
qemu) measure_in_qemu ;;
kernel) download_kernel ;;
*) usage >&2 && exit 2 ;;
esac
