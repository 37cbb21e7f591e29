#!/bin/sh
# Puts a node of its own under every scenario and prints their figures as the table of docs/loadtest.md. Reports are left in bin/bench.
# SCENARIOS and DURATION choose less.
set -u
cd "$(dirname "$0")/.."
out=bin/bench
state=$(mktemp -d)
mkdir -p "$out"
port=${PORT:-18080}
export ANTEROOM_LISTEN=127.0.0.1:$port ANTEROOM_PUBLIC_URL=http://localhost:$port ANTEROOM_STATE_DIR=$state ANTEROOM_TLS=off
export ANTEROOM_ADMIN_LISTEN=127.0.0.1:$((port + 1)) ANTEROOM_MEDIA_PORT=$((port + 2)) ANTEROOM_MEDIA_IPS=127.0.0.1
failed=0
files=
for scenario in ${SCENARIOS:-pair pairs fours talk screen churn loss5 line300 weak-lines twelve}; do
  # A node for each, so that memory is of this scenario alone.
  bin/anteroom serve >"$out/node.log" 2>&1 &
  node=$!
  trap 'kill $node 2>/dev/null; rm -rf "$state"' EXIT
  until grep -q healthz "$out/node.log"; do
    kill -0 $node 2>/dev/null || { cat "$out/node.log" >&2; exit 1; }
    sleep 0.1
  done
  bin/anteroom loadtest "http://localhost:$port" --scenario "$scenario" --floor --metrics "http://127.0.0.1:$((port + 1))/metrics" \
    --json "$out/$scenario.json" --html "$out/$scenario.html" ${DURATION:+--duration "$DURATION"} >"$out/$scenario.txt" || { failed=1; cat "$out/$scenario.txt" >&2; }
  files="$files $out/$scenario.json"
  kill $node
  wait $node
done
# shellcheck disable=SC2086 # they are several
bin/anteroom loadtest table $files
exit $failed
