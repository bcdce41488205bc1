# Sourced by samples/quickstart.sh and tests/run.sh: installs Debian packages that are missing.

# need_packages WHY PACKAGE...: says what is missing and why, and installs it; does nothing when all is there.
need_packages() {
  local why=$1 missing=()
  shift
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  echo "Installing ${missing[*]} ($why)" >&2
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
      echo "error: these packages are missing and neither root nor sudo is at hand: ${missing[*]}" >&2
      return 1
    }
    sudo=(sudo)
  fi
  local log
  log=$(mktemp)
  if ! { "${sudo[@]}" apt-get update -q && "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
         apt-get install -y -q --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "error: apt-get could not install: ${missing[*]}" >&2
    return 1
  fi
  rm -f "$log"
}

build_packages=(g++ cmake ninja-build pkg-config libvulkan-dev glslang-tools libstb-dev zlib1g-dev
  libfmt-dev nlohmann-json3-dev libcli11-dev)
driver_packages=(mesa-vulkan-drivers)
test_packages=(libgtest-dev spirv-tools vulkan-validationlayers)
