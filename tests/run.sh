#!/usr/bin/env bash
# tests/run.sh [CTEST OPTIONS...]: installs what is missing, builds, and runs the whole test suite:
#   on lavapipe; with every limit masked to the baseline; under the validation layers; on SwiftShader, a second vendor's
#   driver; with SANITIZED=1 also the host code under address and undefined-behaviour sanitizers; with NEWEST_MESA=1 also what
#   tests/newest_mesa.sh runs, which makes and builds in a Debian root of its own (some 20 minutes on two cores, later less).
# BUILD names the build folder (default build/tests). The output ends with ctest's summary.
set -euo pipefail
cd "$(dirname "$0")/.."
. samples/packages.sh
build=${BUILD:-build/tests}
jobs=$(nproc)

need_packages "to build the library and the program" "${build_packages[@]}"
need_packages "a Vulkan driver that needs no GPU" "${driver_packages[@]}"
need_packages "test framework, shader validator and validation layers" "${test_packages[@]}"

# SwiftShader comes with Debian's chromium; only its two files are unpacked, nothing is installed.
swiftshader=$PWD/$build/swiftshader/usr/lib/chromium/vk_swiftshader_icd.json
if [ ! -e "$swiftshader" ]; then
  echo "Unpacking SwiftShader from the package chromium-common" >&2
  mkdir -p "$build/swiftshader/partial"
  (
    cd "$build/swiftshader"
    apt-get download -q chromium-common >partial/log 2>&1 || {
      { [ "$(id -u)" -eq 0 ] && apt-get update -q || sudo apt-get update -q; } >>partial/log 2>&1
      apt-get download -q chromium-common >>partial/log 2>&1 || { tail -n 5 partial/log >&2; exit 1; }
    }
    dpkg -x chromium-common_*.deb partial/root
    mkdir -p usr/lib/chromium
    mv partial/root/usr/lib/chromium/*vk_swiftshader* usr/lib/chromium/
    rm -rf partial chromium-common_*.deb
  )
fi

# Only the CPU drivers of this script, whatever else the machine has.
lavapipe=$(ls /usr/share/vulkan/icd.d/lvp_icd*.json | head -n 1)
export VK_DRIVER_FILES=$lavapipe VK_ICD_FILENAMES=$lavapipe
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DRIDGEBACK_SWIFTSHADER_ICD="$swiftshader"
cmake --build "$build" -j "$jobs"

# With SANITIZED=1 the host rooms run once more under sanitizers, as tests of the same ctest run; it doubles the time to build. GCC 12
# warns of what is not there under them, so warnings are no errors in that build.
if [ "${SANITIZED:-0}" = 1 ]; then
  cmake -S . -B "$build/sanitized" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DRIDGEBACK_SAMPLES=OFF \
    -DRIDGEBACK_SANITIZE=address,undefined -DRIDGEBACK_WERROR=OFF >/dev/null
  cmake --build "$build/sanitized" -j "$jobs" --target host_tests
fi

# First, so that the output ends with ctest's summary. 77: it could not, and has said why.
if [ "${NEWEST_MESA:-0}" = 1 ]; then
  NEWEST_MESA_DIR=${NEWEST_MESA_DIR:-$PWD/$build/newest_mesa} tests/newest_mesa.sh || [ $? -eq 77 ]
fi

ctest --test-dir "$build" -j "$jobs" --output-on-failure --no-tests=error "$@"
