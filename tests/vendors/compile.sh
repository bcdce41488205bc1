#!/usr/bin/env bash
# compile.sh CHIP ICD PROGRAM...: runs a program on a Mesa driver that compiles for a chip that is not there. CHIP is a family of
# AMD's that RADV knows (navi21), or nv and the number of a chipset of NVIDIA's (nv194) for NVK. Exits with 77 (skipped) where the driver
# is not installed, or is too old or too new to know the chip by this name. Mesa 22 to 25 has such a device in RADV itself; later ones, and NVK, have
# it in a library that plays the kernel's part (Debian package mesa-drm-shim).
chip=$1 icd=$2
shift 2
skip() { echo "skipped: $*"; exit 77; }
[ -e "$icd" ] || skip "there is no $icd (Debian package mesa-vulkan-drivers)"
library=$(sed -n 's/.*"library_path": *"\([^"]*\)".*/\1/p' "$icd")
case $library in /*) ;; *) library=$(ls /usr/lib/*/"$library" /usr/lib/"$library" 2>/dev/null | head -n 1) ;; esac
kernel() {
  shim=$(ls /usr/lib/*/lib"$1"_noop_drm_shim.so /usr/lib/lib"$1"_noop_drm_shim.so 2>/dev/null | head -n 1)
  [ -n "$shim" ] || skip "this Mesa compiles for absent chips with the Debian package mesa-drm-shim only"
}
case $chip in
  nv*) kernel nouveau; chosen=(NOUVEAU_CHIPSET="${chip#nv}" LD_PRELOAD="$shim") ;;
  *) if grep -q RADV_FORCE_FAMILY "$library"; then chosen=(RADV_FORCE_FAMILY="$chip"); else
       kernel amdgpu
       chosen=(AMDGPU_GPU_ID="$chip" LD_PRELOAD="$shim")
     fi ;;
esac
output=$(env "${chosen[@]}" VK_DRIVER_FILES="$icd" VK_ICD_FILENAMES="$icd" MESA_SHADER_CACHE_DISABLE=true RIDGEBACK_CACHE='' "$@" 2>&1)
status=$?
printf '%s\n' "$output"
case $output in *'radv: Unknown family'* | *'Failed to find amdgpu GPU named'*) skip "this Mesa does not know $chip" ;; esac
exit $status
