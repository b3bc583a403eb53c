#!/bin/sh
# Processes and their namespaces are entered by their PID, which is known in a new PID namespace.
mkfifo /tmp/join.$$ && exec 3<>/tmp/join.$$ && rm /tmp/join.$$
# shellcheck disable=SC2016 # for the shell inside
unshare -Urpf --mount-proc --kill-child sh -c '
  unshare -UrunT --boottime 100000000 sh -c "
    hostname target; echo >&3; exec sleep 60" &
  read -r _ <&3
  join "hostname; id -u; grep -c : /proc/net/dev"
  join "read up _ </proc/uptime; [ \${up%.*} -gt 100000000 ]"; echo "status $?"
  join "kill -TERM \$\$"; echo "status $?"
  lost; echo "status $?"
  again; echo "status $?"
  seek; echo "status $?"
  kill $!
  wait
  join true; echo "status $?"
'
