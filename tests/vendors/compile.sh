#!/usr/bin/env bash
# compile.sh FAMILY ICD PROGRAM...: runs a program on RADV's null device for a family of AMD chips. Exits with 77 (skipped) where
# that driver is not installed, or is too old or too new to know the family by this name.
family=$1 icd=$2
shift 2
if [ ! -e "$icd" ]; then
  echo "skipped: there is no $icd (Debian package mesa-vulkan-drivers)"
  exit 77
fi
output=$(RADV_FORCE_FAMILY=$family VK_DRIVER_FILES=$icd VK_ICD_FILENAMES=$icd MESA_SHADER_CACHE_DISABLE=true \
  RIDGEBACK_CACHE='' "$@" 2>&1)
status=$?
printf '%s\n' "$output"
case $output in *'radv: Unknown family'*) echo "skipped: this Mesa does not know $family"; exit 77 ;; esac
exit $status
