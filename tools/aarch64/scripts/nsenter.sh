#!/bin/sh
# The namespaces of a process are entered by its PID, some by which the launcher is seen inside, and some not.
mkfifo /tmp/nsenter.$$ && exec 3<>/tmp/nsenter.$$ && rm /tmp/nsenter.$$
# shellcheck disable=SC2016 # for the shell inside
unshare -Urpf --mount-proc --kill-child sh -c '
  unshare -UrumnT --boottime 100000000 sh -c "
    hostname target; mount -t tmpfs tmpfs /mnt; echo here >/mnt/file; cd /mnt; echo >&3; exec sleep 60" &
  read -r _ <&3
  nsenter -t $! --all sh -c "hostname; id -u; cat /mnt/file; grep -c : /proc/net/dev"; echo "status $?"
  nsenter -t $! --user --mount --root --wd cat file; echo "status $?"
  nsenter -t $! --user --time sh -c "read up _ </proc/uptime; [ \${up%.*} -gt 100000000 ]"; echo "status $?"
  nsenter -t $! --uts hostname; echo "status $?"
  nsenter -t $! --net sh -c "exit 7"; echo "status $?"
  nsenter -t $! --pid sh -c "kill -TERM \$\$"; echo "status $?"
  nsenter -t $! --all no-such-program; echo "status $?"
  (exec 3>&-; ulimit -n 5; nsenter -t $! --user id -u); echo "status $?"
  (ulimit -v 200000; nsenter -t $! --user --uts hostname); echo "status $?"
  nsenter -t 4194303 --all true; echo "status $?"
  kill $!
  wait
'
