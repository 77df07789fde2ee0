#!/bin/sh
# Fuzzes the readers with clang's libFuzzer, ASan and UBSan:
#   sh tests/fuzz/run.sh                  each target for a number of runs, the same each time
#   sh tests/fuzz/run.sh TARGET SECONDS   one target, or "all" in turn, for long
#   sh tests/fuzz/run.sh TARGET FILE…     one target once for each file
#   sh tests/fuzz/run.sh coverage         which share of the lines of each reader, as tests/fuzz/readers lists them, the seeds reach
# WXUSER_FUZZ_BUILD, or var/fuzz, is the directory of the build and of what is found. Ends with one line "N passed, N failed".
set -u

tree=$(cd "$(dirname "$0")/../.." && pwd -P)
build=${WXUSER_FUZZ_BUILD:-$tree/var/fuzz}
found=$build/found
targets=$(sed -n 's/^	%D%\/fuzz_\([a-z]*\).*/\1/p' "$tree/tests/fuzz/local.mk")

# Of a target, after which it takes a second or two.
runs_of() {
    case $1 in
    request | csv | users | conf | erasures | records) echo 2000 ;;
    *) echo 10000 ;;
    esac
}

fail() {
    echo "tests/fuzz: NOTHING WAS FUZZED: $*" >&2
    echo '0 passed, 1 failed'
    exit 1
}

need_clang() {
    printf 'int LLVMFuzzerTestOneInput(const char *bytes, unsigned long size) { return bytes[0] == size; }\n' |
        clang -x c -fsanitize=fuzzer,address,undefined -o /dev/null - 2>/dev/null ||
        fail 'clang with libFuzzer is missing; run: sh conf/packages.sh clang libclang-rt-dev llvm'
}

# make_targets DIRECTORY [arguments of configure]
make_targets() {
    sh "$tree/conf/build.sh" "$@" CC=clang &&
        make -s -C "$1" -j"$(nproc)" fuzz-targets &&
        python3 -B "$tree/tests/fuzz/seeds.py" "$tree" "$1/seeds"
}

# fuzz TARGET [arguments of libFuzzer]: the seeds grow into found/TARGET/.
fuzz() {
    target=$1
    shift
    mkdir -p "$found/$target"
    "$build/tests/fuzz/fuzz_$target" -seed=1 -timeout=300 -rss_limit_mb=4096 -print_final_stats=1 -verbosity=0 \
        -dict="$build/seeds/$target.dict" -artifact_prefix="$found/$target-" "$@"
}

# Starts from what is in the repository alone, so that each time is like the last one.
fuzz_briefly() {
    mkdir -p "$build/log" "$build/new/$1"
    rm -f "$build/new/$1"/*
    fuzz "$1" -runs="$(runs_of "$1")" "$build/new/$1" "$build/seeds/$1" \
        >"$build/log/$1" 2>&1
    status=$?
    if [ "$status" -eq 0 ]; then
        echo "fuzz_$1: $(sed -n 's/^stat::number_of_executed_units: //p' "$build/log/$1") runs"
    else
        echo "fuzz_$1 ended with status $status:"
        tail -n 60 "$build/log/$1"
    fi
    return "$status"
}

fuzz_all_briefly() {
    # shellcheck disable=SC2086 # words
    printf '%s\n' $targets | xargs -P "$(nproc)" -I TARGET sh "$0" --briefly TARGET >"$build/all" 2>&1
    cat "$build/all"
    passed=$(grep -c '^fuzz_[a-z]*: [0-9]* runs$' "$build/all")
    failed=$(($(echo "$targets" | wc -l) - passed))
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}

fuzz_for() {
    for target in $1; do
        echo "fuzz_$target for $2 s"
        mkdir -p "$found/$target"
        fuzz "$target" -max_total_time="$2" "$found/$target" "$build/seeds/$target" ||
            return
    done
    echo "$(echo "$1" | wc -w) passed, 0 failed"
}

# Runs each target once for each of its seeds.
profile() {
    for target in $targets; do
        LLVM_PROFILE_FILE=$measured/profiles/$target "$measured/tests/fuzz/fuzz_$target" -runs=0 -timeout=300 -artifact_prefix="$measured/" \
            "$measured/seeds/$target" >"$measured/$target.log" 2>&1 || {
            tail -n 30 "$measured/$target.log"
            return 1
        }
    done
    llvm-profdata merge -o "$measured/profile" "$measured"/profiles/*
}

# A line for each file of the sources: its name, its lines, and how many of them were run.
report() {
    set --
    for target in $targets; do
        set -- "$@" -object "$measured/tests/fuzz/fuzz_$target"
    done
    shift
    llvm-cov report "$@" -instr-profile="$measured/profile" |
        awk '$1 ~ /\.c$/ { sub(".*/src/", "", $1); print $1, $8, $8 - $9 }'
}

# A line for each reader: its lines, the percentage that is reached, and what is wrong with that.
judge() {
    awk '
    NR == FNR { lines[$1] = $2; reached[$1] = $3; next }
    /^(#|$)/ { next }
    {
        n = lines[$1] + 0
        percent = n == 0 ? 0 : 100 * reached[$1] / n
        least = $2 == "" ? 90 : $2
        problem = n == 0 ? "no such reader" : least < 90 && NF < 3 ? "does not say why" : percent < least ? "below " least : ""
        printf "%-28s %4d lines %5.1f %%%s\n", $1, n, percent, problem == "" ? "" : "  FAILED: " problem
    }' "$1" "$tree/tests/fuzz/readers"
}

measure_coverage() {
    measured=$build-coverage
    make_targets "$measured" --enable-fuzzing CFLAGS='-O1 -g -fprofile-instr-generate -fcoverage-mapping' ||
        fail 'the targets do not build'
    profile && report >"$measured/report" && judge "$measured/report" >"$measured/coverage" || fail 'nothing is measured'
    cat "$measured/coverage"
    failed=$(grep -c ' FAILED: ' "$measured/coverage")
    echo "$(($(wc -l <"$measured/coverage") - failed)) passed, $failed failed"
    [ "$failed" -eq 0 ]
}

is_number() {
    [ "${1#*[!0-9]}" = "$1" ]
}

if [ "${1:-}" = --briefly ]; then
    fuzz_briefly "$2"
    exit
fi
need_clang
if [ "${1:-}" = coverage ]; then
    measure_coverage
    exit
fi
make_targets "$build" --enable-fuzzing CFLAGS='-O1 -gline-tables-only' || fail 'the targets do not build'
case ${1:-} in
'') fuzz_all_briefly ;;
all) fuzz_for "$targets" "${2:-600}" ;;
*)
    if is_number "${2:-60}"; then
        fuzz_for "$1" "${2:-60}"
    else
        target=$1
        shift
        fuzz "$target" "$@"
    fi
    ;;
esac
