#!/bin/sh
# A browser's executable that starts it in the network namespace NAMESPACE: its driver speaks to it through a pipe, from outside.
PATH="$PATH:/usr/sbin:/sbin"
exec ip netns exec "$NAMESPACE" /usr/bin/chromium-headless-shell "$@"
