#!/bin/sh
# Installs what the tests need and this machine lacks: Debian packages, and npm packages from the lock file. What is there is left
# alone, so that a second run takes no time. What cannot be installed is named, and the run fails.
#
#   sh build/tools.sh all    everything
#   sh build/tools.sh npm    the npm packages alone (type check)
set -eu
cd "$(dirname "$0")/.."

# command:package, a command that shows that the package is there
needed="gcc:gcc node:nodejs npm:npm chromium:chromium chromium-headless-shell:chromium-headless-shell firefox-esr:firefox-esr pulseaudio:pulseaudio strace:strace ip:iproute2 nft:nftables openssl:openssl fc-list:fontconfig"

have() { PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null 2>&1; }

missing() {
  for pair in $needed; do
    have "${pair%%:*}" || printf '%s ' "${pair#*:}"
  done
  # The screenshots and the layout tests need letters.
  if ! have fc-list || [ -z "$(fc-list :family=DejaVu\ Sans 2>/dev/null)" ]; then printf 'fonts-dejavu-core '; fi
}

packages() {
  packages=$(missing)
  [ -z "$packages" ] && return
  if ! have apt-get; then
    echo "missing, and there is no apt-get to install them with: $packages" >&2
    exit 1
  fi
  as=""
  if [ "$(id -u)" != 0 ]; then
    have sudo || { echo "missing, and only root can install them: $packages" >&2; exit 1; }
    as="sudo"
  fi
  echo "installing: $packages"
  # shellcheck disable=SC2086 # a list of words
  if ! { $as apt-get update -q && DEBIAN_FRONTEND=noninteractive $as apt-get install -qy --no-install-recommends $packages; } >bin/apt.log 2>&1; then
    tail -n 20 bin/apt.log >&2
  fi
  packages=$(missing)
  if [ -n "$packages" ]; then
    echo "could not be installed: $packages" >&2
    exit 1
  fi
}

npm_packages() {
  have node && have npm || { echo "missing: nodejs npm (make tools installs them)" >&2; exit 1; }
  if [ ! -e web/test/node_modules/.package-lock.json ] || [ web/test/package-lock.json -nt web/test/node_modules/.package-lock.json ]; then
    echo "installing: npm packages of web/test"
    if ! (cd web/test && npm ci --ignore-scripts --no-audit --no-fund) >bin/npm.log 2>&1; then
      tail -n 20 bin/npm.log >&2
      echo "could not be installed: the npm packages of web/test" >&2
      exit 1
    fi
    touch web/test/node_modules/.package-lock.json
  fi
}

mkdir -p bin
case "${1:-all}" in
  npm) npm_packages ;;
  all) packages; npm_packages ;;
  *) echo "usage: build/tools.sh [all|npm]" >&2; exit 2 ;;
esac
