#!/bin/sh
# Counts the instructions of the steps of a wake-up, idle, or of hackbench's messages: the paths behind
# scenarios/machines/qemu-icount-linux.yaml. It boots what measure.sh built in its work folder and lets QEMU log every
# instruction for some seconds. When that begins is up to the host: the counts of a step repeat, their number does not.
set -eu

usage() {
    echo "Usage: trace.sh [-w WORK] [-s SECONDS] [-i INTERVAL_US] idle|hackbench"
    echo "Prints how often (first column) how many instructions lay between two landmarks, and how often how many were"
    echo "executed in a row with interrupts off."
}

# What a step begins or ends with: a function's first instruction, or 'user', the first one in user mode.
landmarks_idle="asm_sysvec_apic_timer_interrupt irq_enter_rcu tick_irq_enter __sysvec_apic_timer_interrupt
hrtimer_interrupt __hrtimer_run_queues hrtimer_wakeup tick_sched_timer hrtimer_update_next_event tick_program_event
__irq_exit_rcu irqentry_exit ct_idle_exit schedule_idle psi_task_switch switch_mm_irqs_off __switch_to_asm
finish_task_switch.isra.0 hrtimer_try_to_cancel syscall_exit_to_user_mode user entry_SYSCALL_64"
landmarks_hackbench="user entry_SYSCALL_64 __x64_sys_write __x64_sys_read __schedule finish_task_switch.isra.0
try_to_wake_up rtlock_slowlock_locked rt_mutex_slowunlock"

boot() {
    nice -n 5 qemu-system-x86_64 -machine q35 -cpu qemu64 -m 256 -smp 1 -accel tcg -icount shift=0,sleep=off \
        -rtc base=2026-01-01,clock=vm -seed 1 -nodefaults -no-user-config -display none -no-reboot -kernel "$image" "$@"
}

options="console=ttyS0 quiet nokaslr tsc=reliable clocksource=tsc panic=-1"

# The addresses of the kernel's functions, from a boot of their own; nokaslr keeps them.
read_symbols() {
    rm -rf "$work/symbols-root"
    cp -a "$work/root" "$work/symbols-root"
    cat >"$work/symbols-root/init" <<'END'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t devtmpfs dev /dev
stty -F /dev/ttyS1 raw 115200
grep -v '\[' /proc/kallsyms | grep -i ' t ' | gzip >/dev/ttyS1
poweroff -f
END
    (cd "$work/symbols-root" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1) >"$work/symbols-initrd.gz"
    boot -initrd "$work/symbols-initrd.gz" -serial null -serial "file:$work/symbols.gz" -append "$options"
    gzip -dc "$work/symbols.gz" >"$work/symbols"
}

# From the log's lines of a processor's state, before each instruction: its address, the flags' interrupt bit, the mode.
count() {
    grep -a '^RIP=' | awk -v wanted="$1" -v symbols="$work/symbols" '
        BEGIN {
            for (i = split(wanted, names); i > 0; i--)
                is_wanted[names[i]] = 1
            while ((getline line < symbols) > 0) {
                split(line, field, " ")
                if (field[3] in is_wanted)
                    landmark[field[1]] = field[3]
            }
        }
        {
            address = substr($1, 5)
            user = $0 ~ /CPL=3/
            here = user && !was_user ? "user" : address != before ? landmark[address] : ""
            if (here != "") {
                if (last != "")
                    between[sprintf("%6d instructions from %s to %s", NR - since, last, here)]++
                last = here
                since = NR
            }
            # The interrupt flag is 0x200: the third hexadecimal digit from the right is 2, 3, 6, 7, a, b, e or f.
            off = substr($2, 10, 1) !~ /[2367abef]/
            if (off)
                run++
            else if (run) {
                masked[sprintf("%6d instructions with interrupts off", run)]++
                run = 0
            }
            users += user
            offs += off
            was_user = user
            before = address
        }
        END {
            printf "%d instructions, %.3f of them in user mode, %.3f with interrupts off\n", NR, users / NR, offs / NR
            for (key in between)
                print between[key], key | "sort -k 5,5 -k 7,7 -k 1,1nr"
            close("sort -k 5,5 -k 7,7 -k 1,1nr")
            for (key in masked)
                print masked[key], key | "sort -k 2,2n"
        }'
}

work=/tmp/irqpath-measure
seconds=60
interval=1013
while getopts w:s:i:h option; do
    case $option in
    w) work=$OPTARG ;;
    s) seconds=$OPTARG ;;
    i) interval=$OPTARG ;;
    h) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
    esac
done
shift $((OPTIND - 1))
condition=${1:-}
case $condition in
idle) landmarks=$landmarks_idle ;;
hackbench) landmarks=$landmarks_hackbench ;;
*) usage >&2 && exit 2 ;;
esac
image=$(find "$work/kernel/boot/" -name 'vmlinuz-*-rt-amd64' 2>/dev/null | head -n 1)
if [ -z "$image" ] || [ ! -f "$work/initrd.gz" ]; then
    echo "trace.sh: nothing to boot in $work; 'measure.sh kernel' and 'measure.sh qemu' prepare it" >&2
    exit 1
fi
[ -s "$work/symbols" ] || read_symbols
rm -f "$work/log"
mkfifo "$work/log"
count "$landmarks" <"$work/log" &
counting=$!
{
    sleep 60 # boot, and hackbench's beginning
    echo "singlestep on"
    echo "log cpu,nochain"
    sleep "$seconds"
    echo "log none"
    echo "quit"
} | boot -initrd "$work/initrd.gz" -serial null -serial null -monitor stdio -D "$work/log" \
    -append "$options condition=$condition samples=10000000 interval=$interval groups=1" >/dev/null
wait "$counting"
rm -f "$work/log"
