#!/bin/sh
# Runs every check and test and goes on after what fails, so that one run shows all of it. Its last line is "N passed, N failed".
set -u
cd "$(dirname "$0")/.."
mkdir -p bin
passed=0
failed=0

stage() { printf '\n== %s\n' "$1"; }

# One check is one test.
check() {
  stage "$1"
  if make --no-print-directory -s "$1"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

# Takes "passed failed" of a stage from the file; a stage that failed without saying what counts as one.
count() {
  read -r p f <"$1" || { p=0; f=0; }
  if [ "$2" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
  passed=$((passed + p)); failed=$((failed + f))
}

# The client's tests under node --test: $1 is the stage, the rest are its files.
node_tests() {
  stage "$1"; shift
  rm -f bin/tap.txt
  node --test --test-concurrency=1 --test-reporter=spec --test-reporter-destination=stdout --test-reporter=tap --test-reporter-destination=bin/tap.txt "$@"
  status=$?
  awk '/^# pass /{p=$3} /^# fail /{f=$3} /^# cancelled /{f+=$3} END{print p+0, f+0}' bin/tap.txt >bin/count.txt
  count bin/count.txt "$status"
}

for name in format tidy vet staticcheck types; do check "$name"; done

stage "go test -race ./..."
# go test's own status goes round the pipe.
{ go test -race -timeout 12m -json $(go list ./... | grep -v '/cmd/internal/e2e$'); echo $? >bin/status.txt; } | node build/gotest.mjs bin/count.txt
count bin/count.txt "$(cat bin/status.txt)"

# Whole nodes with people in them, who wait for pictures: not beside other packages.
stage "go test -race ./cmd/internal/e2e"
{ go test -race -timeout 12m -json ./cmd/internal/e2e; echo $? >bin/status.txt; } | node build/gotest.mjs bin/count.txt
count bin/count.txt "$(cat bin/status.txt)"

# Times mean little beside other packages and under the race detector: what counts in them is measured again, alone.
stage "what attacks cost the others"
{ go test -run Attacks -json ./cmd/internal/e2e; echo $? >bin/status.txt; } | node build/gotest.mjs bin/count.txt
count bin/count.txt "$(cat bin/status.txt)"

stage "packets of a real browser"
{ go test -tags browsers -run Browser -json ./sfu/transport/peerconnection; echo $? >bin/status.txt; } | node build/gotest.mjs bin/count.txt
count bin/count.txt "$(cat bin/status.txt)"

node_tests "the client's units" web/test/unit/*.test.js
node_tests "the client in browsers" web/test/browser/*.test.js web/test/browser/services/*.test.js

printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
