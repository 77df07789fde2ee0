#!/bin/sh
# All tests on real parts, built with sanitizers: sh tests/run.sh; with "all" also those that take long.
# Ends with one line "N passed, N failed".
# shellcheck disable=SC2317 # functions are called by name
set -u

tree=$(cd "$(dirname "$0")/.." && pwd -P)
work=$(mktemp -d "${TMPDIR:-/tmp}/wxuser-tests.XXXXXX")
build=$work/build
# MariaDB, not run as root, passes through.
chmod 711 "$work"
mkdir "$work/stack" "$work/log" "$work/sanitizer"

# So many unit programs, or processes with stack tests, run beside each other: some wait meanwhile.
n_beside=$(($(nproc) + 2))

passed=0
failed=0

# Ends what an interrupted test has left behind.
cleanup() {
    for state in "$work"/stack/*/; do
        [ ! -d "$state/run" ] || WXUSER_STATE=$state sh "$tree/conf/quickstart.sh" down
    done
    unset WXUSER_TEST_DIRECTORY
    grep -lzxF "WXUSER_TEST_DIRECTORY=$work/stack" /proc/[0-9]*/environ 2>/dev/null | cut -d / -f 3 |
        xargs -r kill -KILL 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

# ---- What a part's log says: two numbers, passed and failed.

count_cmocka() {
    awk '/^\[  PASSED  \]/ { passed += $4 } /^\[  FAILED  \].* listed below/ { failed += $4 }
        END { print passed + 0, failed + 0 }' "$1"
}

count_line() {
    awk '/[0-9]+ passed, [0-9]+ failed/ {
            split(substr($0, match($0, /[0-9]+ passed, [0-9]+ failed/)), word, " ")
            passed = word[1]; failed = word[3]
        }
        END { print passed + 0, failed + 0 }' "$1"
}

count_pytest() {
    awk '/ in [0-9.]+s/ {
            passed = failed = 0
            for (i = 2; i <= NF; i++) {
                if ($i ~ /^passed/) passed += $(i - 1)
                if ($i ~ /^(failed|error)/) failed += $(i - 1)
            }
        }
        END { print passed + 0, failed + 0 }' "$1"
}

# part NAME COUNT COMMAND…: runs it; COUNT is what follows count_ above.
part() {
    part_name=$1
    part_count=$2
    part_log=$work/log/$1
    shift 2
    part_began=$(date +%s)
    "$@" >"$part_log" 2>&1 </dev/null
    part_status=$?
    # shellcheck disable=SC2046 # two words
    set -- $("count_$part_count" "$part_log")
    part_failed=$2
    if [ "$part_failed" -eq 0 ] && { [ "$part_status" -ne 0 ] || [ "$1" -eq 0 ]; }; then
        # It broke off, or ran nothing.
        part_failed=1
    fi
    if [ "$part_failed" -ne 0 ]; then
        echo "$part_name ended with status $part_status:"
        # Set in, so that no part's own sum stands for the whole.
        tail -n 200 "$part_log" | sed 's/^/    /'
    fi
    grep '^SKIPPED' "$part_log"
    printf '%-10s %4d passed %4d failed %4d s\n' "$part_name" "$1" "$part_failed" \
        $(($(date +%s) - part_began))
    passed=$((passed + $1))
    failed=$((failed + part_failed))
}

finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}

# must TEXT COMMAND…: without which nothing can be tested.
must() {
    must_text=$1
    shift
    echo "$must_text"
    if ! "$@" >"$work/log/must" 2>&1 </dev/null; then
        tail -n 50 "$work/log/must" | sed 's/^/    /'
        failed=$((failed + 1))
        finish
    fi
}

run_unit() {
    make -s -C "$build" -k -j"$n_beside" check
    unit_status=$?
    cd "$build/tests/unit" || return
    # What failed comes last, where it is seen.
    # shellcheck disable=SC2046 # a list of files
    cat $(grep -l '^PASS ' ./*.log) $(grep -L '^PASS ' ./*.log)
    return "$unit_status"
}

# Each process runs whole files, on a stack of its own.
run_stack_beside() {
    run_stack -n "$n_beside" --dist loadfile
}

run_stack() {
    /usr/bin/python3 -B -m pytest -q -rs -p no:cacheprovider --durations=5 "$@" "$tree/tests/stack"
}

run_files() {
    /usr/bin/python3 -B -m pytest -q -rs -p no:cacheprovider --durations=5 "$@"
}

# AddressSanitizer keeps what was freed, so what a worker's memory holds is looked at without it.
run_memory() {
    sh "$tree/conf/build.sh" "$work/plain" --enable-werror CFLAGS='-O1 -g' || return
    (
        export WXUSER_BUILD="$work/plain"
        run_files "$tree/tests/stack/test_traces.py" -k forgets
    )
}

run_distcheck() {
    sh "$tree/conf/build.sh" "$work/dist"
    make -s -C "$work/dist" distcheck VERBOSE=1 && echo '1 passed, 0 failed'
}

# Each report is a failure of its own, whatever the test said whose process wrote it. Warnings are not: a
# hostile client makes libfcgi ask for more memory than there is.
show_reports() {
    reports=0
    for report in "$work"/sanitizer/*; do
        grep -qE 'ERROR: |runtime error: ' "$report" 2>/dev/null || continue
        reports=$((reports + 1))
        head -n 60 "$report"
    done
    echo "$((reports == 0)) passed, $reports failed"
}

packages='build-essential autoconf automake pkg-config libfcgi-dev libjansson-dev
    libmariadb-dev libcurl4-openssl-dev libssl-dev libxml2-dev libinih-dev libcmocka-dev
    mariadb-server-core mariadb-client-core curl libpcre2-8-0 git logrotate openssl python3-pytest
    python3-pytest-xdist python3-cryptography universal-ctags libxml2-utils mandoc
    php-cli php-curl php-gd phpunit=phpunit'
# No package that would start a server of the system, but in the long run.
packages="$packages apache2-bin libapache2-mod-fcgid clang libclang-rt-dev llvm"
[ "${1:-}" != all ] || packages="$packages wrk lighttpd lighttpd-mod-deflate lighttpd-mod-openssl spawn-fcgi supervisor systemd
    galera-4 mariadb-backup socat iproute2 libfaketime
    systemd-container debootstrap debhelper po-debconf lintian chromium=chromium fonts-noto-cjk
    npm=npm default-jre-headless=java"

# Who watches over this shell does not watch over what it starts.
unset SUPERVISOR_ENABLED NOTIFY_SOCKET WATCHDOG_USEC
export PYTHONDONTWRITEBYTECODE=1
export ASAN_OPTIONS="detect_leaks=1:detect_stack_use_after_return=1:abort_on_error=1\
:log_path=$work/sanitizer/report"
export UBSAN_OPTIONS="print_stacktrace=1:log_path=$work/sanitizer/report"
export WXUSER_BUILD="$build" WXUSER_TEST_DIRECTORY="$work/stack"

# shellcheck disable=SC2086 # words
must 'installing packages' sh "$tree/conf/packages.sh" $packages
programs='nginx prometheus'
[ "${1:-}" != all ] || programs="$programs haproxy keepalived"
for package in $programs; do
    must "looking for $package" sh "$tree/conf/program.sh" $package "$work/package"
    PATH=$(dirname "$(sh "$tree/conf/program.sh" $package "$work/package")"):$PATH
done
must 'building with sanitizers' sh "$tree/conf/build.sh" "$build" --enable-werror \
    --enable-sanitizers CFLAGS='-O1 -g'

part lint line sh "$tree/tests/lint/run" "$build"
part unit cmocka run_unit
part fuzz line env WXUSER_FUZZ_BUILD="$work/fuzz" sh "$tree/tests/fuzz/run.sh"
part wire line /usr/bin/python3 -B "$tree/tests/wire/run" "$build/tests/wire_probe"
part stack pytest run_stack_beside
part hosting pytest run_files "$tree/tests/hosting/test_walk.py" -k shared_hosting
if [ "${1:-}" = all ]; then
    part stress cmocka "$build/tests/unit/stress_db"
    part session cmocka "$build/tests/unit/test_db_session" all
    part long pytest run_stack -m long
    part memory pytest run_memory
    part hosts pytest run_files "$tree/tests/hosting"
    part console pytest run_files "$tree/tests/console"
    part faults line sh "$tree/tests/faults/run"
    part mutations line sh "$tree/tests/mutations/run"
    part distcheck line run_distcheck
fi
part sanitizer line show_reports
finish
