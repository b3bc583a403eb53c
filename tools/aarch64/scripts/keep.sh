#!/bin/sh
# A namespace that a file keeps is entered when nobody is in it any more; and what is refused.
# It runs as root of namespaces of its own, where an ordinary user may mount too.
unshare -Urm sh -c '
  mount -t tmpfs tmpfs /mnt
  keep true; echo "status $?"
  touch /mnt/uts
  swap; echo "status $?"
  keep "hostname kept"
  enter "hostname"
  enter "exit 7"; echo "status $?"
  enter "kill -TERM \$\$"; echo "status $?"
  swap; echo "status $?"
  umount /mnt/uts
  enter true; echo "status $?"
  rm /mnt/uts
  enter true; echo "status $?"
'
