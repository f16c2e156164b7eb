#!/bin/sh
# What a user of the installed tree relies on. Installs a release build and checks that each public header
# compiles alone and that what the headers declare is in the library; builds a program with the library as
# pkg-config and as CMake's find_package name it; and runs a scenario by its installed name.
#
#     check.sh SOURCE WORK    WORK is a folder for the build and the installation, emptied before
set -eu
source=$1 work=$2
prefix=$work/prefix

rm -rf "$work"
mkdir -p "$work"
step() { # WHAT COMMAND...: quiet unless it fails
    what=$1
    shift
    "$@" > "$work/log" 2>&1 && return
    echo "$what:"
    cat "$work/log"
    exit 1
}

step configure cmake --preset release -S "$source" -B "$work/build" -DCMAKE_INSTALL_PREFIX="$prefix" \
    -DIRQPATH_TESTS=OFF
step build cmake --build "$work/build" -j "$(nproc)"
step install cmake --install "$work/build"

export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
strict="-std=c11 -Wall -Wextra -Wpedantic -Werror"

# The flags may be split.
# shellcheck disable=SC2046,SC2086
for header in "$prefix"/include/irqpath/*.h; do
    name=irqpath/${header##*/}
    echo "#include <$name>" > "$work/header.c"
    step "$name does not compile alone" \
        gcc $strict $(pkg-config --cflags irqpath) -aux-info "$work/${header##*/}.declared" -c -o "$work/header.o" "$work/header.c"
done

# "/* FILE:LINE:NC */ extern TYPE NAME (...);"
sed -n 's/.*\*\/ extern [^(]*\<\(irqp_[a-z0-9_]*\) (.*/\1/p' "$work"/*.declared | sort -u > "$work/declared"
nm --defined-only -g "$prefix/lib/libirqpath.a" | awk 'NF == 3 { print $3 }' | sort -u > "$work/defined"
test -s "$work/declared"
missing=$(comm -23 "$work/declared" "$work/defined")
if [ -n "$missing" ]; then
    echo "declared but not in the library: $missing"
    exit 1
fi

# shellcheck disable=SC2046,SC2086
step "pkg-config" gcc $strict -fno-lto -o "$work/consumer" "$source/tests/installed/consumer.c" $(pkg-config --cflags --libs irqpath)
step "find_package: configure" cmake -S "$source/tests/installed" -B "$work/consumer-build" -DCMAKE_PREFIX_PATH="$prefix"
step "find_package: build" cmake --build "$work/consumer-build"

cd "$work"
./consumer "$prefix/share/irqpath/scenarios"
./consumer-build/consumer "$prefix/share/irqpath/scenarios"

# By its installed name: from a folder where there is no other, and with the extended files from the same place.
mkdir -p user
cd user
echo 'extends: paper/fig6-hackbench-native.yaml' > mine.yaml
step "runs an installed scenario" "$prefix/bin/irqpath" run paper/fig6-hackbench-native.yaml --samples 200
step "extends an installed scenario" "$prefix/bin/irqpath" run mine.yaml --samples 200 --output results
step "draws with the installed scripts" "$prefix/bin/irqpath" plot results/mine.json --format png
ls results ./*.png

# Moved elsewhere, it takes its data with it; without them it says so, though the source tree is there.
mv "$prefix" "$work/moved"
step "runs after it was moved" "$work/moved/bin/irqpath" run paper/fig6-hackbench-native.yaml --samples 200
rm -r "$work/moved/share/irqpath"
if "$work/moved/bin/irqpath" run paper/fig6-hackbench-native.yaml 2> "$work/log"; then
    echo "it ran without its data"
    exit 1
fi
grep IRQPATH_DATA "$work/log"
step "runs with IRQPATH_DATA" env IRQPATH_DATA="$source" "$work/moved/bin/irqpath" run paper/fig6-hackbench-native.yaml --samples 200
