#!/usr/bin/env bash
# tests/newest_mesa.sh [-s SUITE] [-w] [-k] [CTEST OPTIONS...]: builds Ridgeback in a Debian root of its own with the newest Mesa and
# glslang, and runs there what this machine's own versions cannot:
#   * the tests that reach cooperative-matrix kernels, on the newest lavapipe, with the choices for a CPU and with those for a GPU;
#   * the vendors' compile tests: every pipeline by the compilers of AMD's and NVIDIA's chips (Mesa's drivers over null devices).
#   -s SUITE  Debian suite, default sid (from Mesa 25.2 on lavapipe has cooperative matrices; trixie compiles them for AMD only)
#   -w        run the whole suite there too
#   -k        build nothing and run nothing: only make the root and print where it lies
# The root and its build stay in NEWEST_MESA_DIR (default build/newest_mesa: some 3 GB), so that a second run builds what changed.
# Needs root rights, debootstrap and the Debian mirror that apt uses here; exits with 77, saying why, where one is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
source=$PWD
. samples/packages.sh
suite=sid whole='' keep=''
while getopts s:wk option; do
  case $option in s) suite=$OPTARG ;; w) whole=1 ;; k) keep=1 ;; *) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2 ;; esac
done
shift $((OPTIND - 1))
skip() { echo "skipped: newest Mesa: $*"; exit 77; }

[ "$(id -u)" -eq 0 ] || skip "making a Debian root takes root rights"
unshare --mount true 2>/dev/null || skip "this container may not mount (unshare --mount)"
command -v debootstrap >/dev/null || need_packages "to make a Debian root" debootstrap || skip "there is no debootstrap"
mirror=$(cat /etc/apt/sources.list.d/*.sources 2>/dev/null | awk '/^URIs:/{print $2; exit}')
[ -n "$mirror" ] || mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
  sed 's/\[[^]]*\]//' | awk '$1 == "deb" {print $2; exit}')
[ -n "$mirror" ] || skip "apt names no mirror"

folder=${NEWEST_MESA_DIR:-$source/build/newest_mesa}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
root=$folder/$suite
inside() {
  # The mounts live in a name space that ends with the command.
  unshare --mount --propagation private bash -c '
    root=$1 source=$2
    shift 2
    mount --rbind /proc "$root/proc" && mount --rbind /dev "$root/dev" && mount --rbind /sys "$root/sys" &&
      mkdir -p "$root$source" && mount --bind "$source" "$root$source" || exit 125
    exec chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive JOBS="${JOBS:-$(nproc)}" \
      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"' _ "$root" "$source" "$@"
}

if [ ! -e "$root.made" ]; then
  echo "Making a root of Debian $suite in $folder" >&2
  rm -rf --one-file-system "$root"
  debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$folder/$suite.log" 2>&1 || {
    tail -n 3 "$folder/$suite.log" >&2
    skip "debootstrap could not make $suite (the log is $folder/$suite.log)"
  }
  mkdir -p "$root/etc/ssl"
  # How this machine reaches its mirror: proxies, certificates, name servers.
  grep -ls '^ *Acquire' /etc/apt/apt.conf.d/* | xargs -r cp -t "$root/etc/apt/apt.conf.d/"
  cp -rL /etc/ssl/certs "$root/etc/ssl/" 2>/dev/null || true
  cp -L /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
  touch "$root.made"
fi
packages=("${build_packages[@]}" "${driver_packages[@]}" libgtest-dev spirv-tools mesa-drm-shim)
if [ "$(cat "$root.packages" 2>/dev/null)" != "${packages[*]}" ]; then
  echo "Installing compiler, Mesa and glslang there" >&2
  inside bash -c 'apt-get update -q && apt-get install -y -q --no-install-recommends "$@"' _ "${packages[@]}" \
    >"$folder/$suite.log" 2>&1 || { tail -n 5 "$folder/$suite.log" >&2; skip "apt-get failed in the root"; }
  echo "${packages[*]}" >"$root.packages"
fi
if [ -n "$keep" ]; then
  echo "$root"
  exit 0
fi

# From here on a failure is one of Ridgeback. Newer compilers warn of other things, so warnings are no errors there.
echo "Building there" >&2
targets=(test_ops test_quant test_golden test_vendors ridgeback_cli)
[ -z "$whole" ] || targets=(all)
inside bash -c '
  set -e
  cmake -S "$1" -B /root/build -G Ninja -DCMAKE_BUILD_TYPE=Release -DRIDGEBACK_WERROR=OFF
  cmake --build /root/build -j "$JOBS" --target "${@:2}"' _ "$source" "${targets[@]}" >"$folder/build.log" 2>&1 ||
  { grep -m 10 -A 5 "error:" "$folder/build.log" >&2 || tail -n 20 "$folder/build.log" >&2; exit 1; }

failed=()
part() {
  local name=$1 log=$folder/$(echo "$1" | tr -c 'a-z0-9\n' _).log
  shift
  echo "Running: $name" >&2
  inside env VK_DRIVER_FILES=/usr/share/vulkan/icd.d/lvp_icd.json "$@" >"$log" 2>&1 || failed+=("$name ($log)")
  summary+=("$(printf '%-44s %s' "$name" "$(grep -E 'tests passed|No tests were found' "$log" | tail -n 1)")")
}
tests=(ctest --test-dir /root/build -j "${JOBS:-$(nproc)}" --output-on-failure --no-tests=error)
summary=()
part "products and operations, choices for a CPU" "${tests[@]}" -R '^lavapipe\.(ops|quant|golden)\.' "$@"
# Without the variants of CPU drivers, which take most of the time to compile.
part "products and operations, choices for a GPU" RIDGEBACK_CLASS=gpu \
  RIDGEBACK_DISABLE=texel_buffer,subgroup_ballot,subgroup_shuffle "${tests[@]}" -R '^lavapipe\.(ops|quant|golden)\.' "$@"
part "compilers of other vendors' chips" "${tests[@]}" -R '^(vendors\.|shaders\.)' "$@"
[ -z "$whole" ] || part "whole suite" "${tests[@]}" "$@"

inside env VK_DRIVER_FILES=/usr/share/vulkan/icd.d/lvp_icd.json /root/build/bin/ridgeback --json devices >"$folder/devices.json" || true
echo
echo "Debian $suite: $(inside glslangValidator --version | sed -n 's/^GLSL Version: //p'), $(inside c++ --version | head -n 1)"
grep -E '^-- Shaders:' "$folder/build.log" || true
grep -oE '"(driver_info|int8|half)": *"[^"]*"' "$folder/devices.json" || true
printf '%s\n' "${summary[@]}"
if [ ${#failed[@]} -gt 0 ]; then
  printf 'FAILED: %s\n' "${failed[@]}"
  exit 1
fi
