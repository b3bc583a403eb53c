#!/bin/sh
# Signals of PID 1, of who waits for it, and of what runs below.
folder=$(mktemp -d) && trap 'rm -r "$folder"' EXIT && cd "$folder" && mkfifo fifo && exec 3<>fifo ||
  exit

unshare -Urpf --forward-signals sh -c 'trap "echo caught; exit 5" TERM; echo >&3
  while :; do sleep 0.02; done' &
read -r _ <&3
kill -TERM $!
wait $!
echo "forwarded: status $?"

unshare -Urpf --kill-child sh -c 'echo >&3; trap "" HUP INT TERM; sleep 60 3>&-; echo alive' &
read -r _ <&3
kill -KILL $!
wait $! 2>/dev/null
echo "killed: status $?"

unshare -Urpf --kill-child --mount-proc sh -c '
  (exec sleep 60) & kill -TERM 1; kill -9 -1; wait $!; echo "all others: status $?"'
unshare -Urf sh -c 'kill -SEGV $$' 2>/dev/null; echo "by a signal: status $?"
unshare -Urpf sh -c 'sleep 60 & exec true'; echo "PID 1 ends: status $?"
grep -h 'Sig[IBC]' /proc/self/status >plain
unshare -Urpf --mount-proc grep -h 'Sig[IBC]' /proc/self/status | diff plain - && echo "masks: same"
(
  trap '' PIPE USR1
  grep SigIgn /proc/self/status >plain
  unshare -Urf grep SigIgn /proc/self/status | diff plain - && echo "ignored: same"
)
