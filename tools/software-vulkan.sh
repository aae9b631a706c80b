#!/bin/sh
# Unpacks Mesa's Vulkan in software from Debian backports into a folder, without installing anything, and prints the
# environment that makes WebGPU find it. Debian 12's own Mesa is too old for it.
#
#   eval "$(tools/software-vulkan.sh /tmp/vulkan)" && npx vitest run tests/runtime/models/inference/device.test.ts
set -eu

folder=${1:?name a folder}
library="$folder/root/usr/lib/$(uname -m)-linux-gnu"
if [ ! -e "$library/libvulkan_lvp.so" ]; then
  mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial" "$folder/root"
  for suite in bookworm bookworm-backports; do
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $suite main"
  done >"$folder/sources.list"
  apt() {
    apt-get -qq -o Dir::Etc::sourcelist="$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null \
      -o Dir::State::lists="$folder/lists" -o Dir::Cache="$folder/cache" "$@" >&2
  }
  apt update
  apt -t bookworm-backports --download-only -y install mesa-vulkan-drivers libvulkan1
  for package in "$folder"/cache/archives/*.deb; do dpkg-deb -x "$package" "$folder/root"; done
fi
sed "s#\"libvulkan_lvp.so\"#\"$library/libvulkan_lvp.so\"#" "$folder/root/usr/share/vulkan/icd.d"/lvp_icd*.json >"$folder/driver.json"
echo "export VK_DRIVER_FILES='$folder/driver.json' VK_ICD_FILENAMES='$folder/driver.json' LD_LIBRARY_PATH='$library'"
