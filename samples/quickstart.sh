#!/usr/bin/env bash
# samples/quickstart.sh: from a fresh Debian 12 to a trained 1-bit network. Installs what is missing,
# builds the library, and runs samples/quickstart (about three minutes after the build without a GPU).
# BUILD names the build folder (default build/quickstart), OUT where results go (default
# runs/quickstart).
set -euo pipefail
cd "$(dirname "$0")/.."
. samples/packages.sh
build=${BUILD:-build/quickstart}
out=${OUT:-runs/quickstart}

need_packages "to build the library and the program" "${build_packages[@]}"
# A GPU's own driver, where there is one, is found beside this.
need_packages "a Vulkan driver that needs no GPU" "${driver_packages[@]}"

echo "Building in $build" >&2
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DRIDGEBACK_TESTS=OFF >/dev/null
cmake --build "$build" -j "$(nproc)" --target ridgeback_cli quickstart

"$build/bin/quickstart" "$out"

program=$build/bin/ridgeback
cat >&2 <<TEXT

Try next:
  $program devices
  $program infer $out/one_bit.safetensors --data drawn --limit 5 --top 3
  $program train --weights 1 --activations 4 --sparsity 2:4 --out runs/sparse
  $program train --help
TEXT
