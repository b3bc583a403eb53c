#!/bin/sh
# Draws docs/pictures/nested.svg, the README's picture: docs/pictures/nested.sh [FILE]
# It takes a machine of its own, so that no other process is in the picture.
file=$(realpath -- "${1-${0%.sh}.svg}")
exec nido unshare --map-root-user --pid --fork --mount-proc --uts --ipc --net --cgroup --time bash -c '
  hostname machine
  echo 4000 >/proc/sys/kernel/ns_last_pid
  nido unshare --pid --fork bash -c "nido unshare --pid --fork sleep 100; :" &
  until pgrep -x sleep >/dev/null; do sleep 0.1; done
  nido map --svg "$0"; :' "$file"
