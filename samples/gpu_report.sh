#!/usr/bin/env bash
# samples/gpu_report.sh [FOLDER]: everything to know about Ridgeback on the GPU of this machine. Builds, runs the test suite on that
# GPU, measures kernels and training steps before and after tuning, and leaves a folder to keep (default runs/gpu-DATE):
#   summary.txt        what was run, what passed, where to look
#   devices.txt, .json what the driver reports, which kernels are used and why not the others
#   tests.txt, .xml    the suite on the device as it is and masked to the baseline; with validation layers where installed
#   bench/             peaks, kernels and steps as the rules choose: index.html with roofline plots, report.md, bench.json
#   tune.json          what tuning chose, and the time of every candidate
#   bench_tuned/       the same measurements with what was tuned
#   isa.json           registers and inner loops, where the driver tells them
#   cache/             the tuned choices; RIDGEBACK_CACHE=FOLDER/cache uses them
# DEVICE (number or part of a name) picks a device, BUILD names the build folder (default build/gpu), QUICK=1 tests and measures
# little (a few minutes), ANY=1 takes a CPU driver too. Exit status 0: built, all tests passed, all measured.
set -euo pipefail
cd "$(dirname "$0")/.."
. samples/packages.sh
build=${BUILD:-build/gpu}
out=${1:-runs/gpu-$(date +%Y-%m-%d-%H%M%S)}
jobs=${JOBS:-$(nproc)}
mkdir -p "$out"
out=$(cd "$out" && pwd)
if command -v dpkg-query >/dev/null; then
  need_packages "to build the library, the program and the tests" "${build_packages[@]}" libgtest-dev
fi
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release >"$out/configure.txt"
cmake --build "$build" -j "$jobs"
program=$PWD/$build/bin/ridgeback

export RIDGEBACK_CACHE=$out/cache
[ -z "${DEVICE:-}" ] || export RIDGEBACK_DEVICE=$DEVICE
"$program" --json devices >"$out/devices.json"
"$program" devices | tee "$out/devices.txt" >&2
chosen=$(sed -n 's/^\* [0-9]*: //p' "$out/devices.txt")
case $chosen in
  *"(CPU)")
    [ "${ANY:-0}" = 1 ] || {
      echo "error: no GPU here, only $chosen (ANY=1 measures that)" >&2
      exit 1
    } ;;
esac

failed=()
# step NAME COMMAND...: goes on after a failure, so that the folder holds as much as can be had.
step() {
  local name=$1
  shift
  echo "== $name" >&2
  "$@" || failed+=("$name")
}
to_file() { # FILE COMMAND...
  local file=$1
  shift
  "$@" >"$file"
}

# The ways "lavapipe" and "baseline" of tests/CMakeLists.txt run on whatever device is chosen.
ways='lavapipe|baseline|host'
[ ! -e /usr/share/vulkan/explicit_layer.d/VkLayer_khronos_validation.json ] || ways+='|validation'
tests() {
  local selection=(-L "^($ways)\$")
  [ "${QUICK:-0}" = 0 ] || selection=(-R '^(lavapipe|host)\.(core|gpu|graph|runtime)\.')
  # One at a time on the device: memory of several suites need not fit, and times mean something.
  ctest --test-dir "$build" -j 1 --no-tests=error --output-on-failure --output-junit "$out/tests.xml" "${selection[@]}" |
    tee "$out/tests.txt"
}
bench=(bench all)
tune=(tune)
if [ "${QUICK:-0}" != 0 ]; then
  bench+=(--quick --seconds 0.02 --m 256 --n 256 --k 256 --widths 784,256,10 --batch 64)
  tune+=(--only step --hidden 32 --batch 16 --seconds 0.005)
fi
measure() { # FOLDER
  mkdir -p "$1"
  "$program" "${bench[@]}" --report "$1" | tee "$1/bench.txt"
}

step tests tests
step bench measure "$out/bench"
step tune to_file "$out/tune.json" "$program" --json "${tune[@]}"
step "bench after tuning" measure "$out/bench_tuned"
# Few drivers tell; their silence is no failure.
"$program" --json bench --isa >"$out/isa.json" 2>"$out/isa.txt" || rm -f "$out/isa.json"

{
  echo "device   $chosen"
  sed -n 's/^   driver        /driver   /p;s/^   choices       /choices  /p' "$out/devices.txt" | head -n 2
  echo "machine  $(uname -srm), $(nproc) processors"
  echo "source   $(git describe --always --dirty 2>/dev/null || echo unknown)"
  echo "tests    $(grep -E 'tests passed' "$out/tests.txt" || echo 'did not run')"
  if [ ${#failed[@]} -eq 0 ]; then echo "all steps passed"; else printf 'FAILED   %s\n' "${failed[@]}"; fi
} | tee "$out/summary.txt" >&2
echo "Keep $out" >&2
[ ${#failed[@]} -eq 0 ]
