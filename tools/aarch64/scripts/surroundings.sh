#!/bin/bash
# Where there is little: each as for any small program.
(ulimit -v 200000; unshare -Ur echo "an address space of 200 MB")
(ulimit -d 100000; unshare -Ur echo "data of 100 MB")
(ulimit -s 128; unshare -Urf echo "a stack of 128 KiB")
(ulimit -n 4; unshare -Urf echo "four files")
(ulimit -f 0; unshare -Ur echo "no file") | cat
unshare -Urf echo "no stdin, no stderr" <&- 2>&-
(folder=$(mktemp -d) && cd "$folder" && rmdir "$folder" && unshare -Urf echo "a deleted folder")
# shellcheck disable=SC2016 # for the shell inside
A=$(printf '\377') unshare -Ur sh -c 'printf "%s," "$@" "$A"' sh "$(printf 'a\200')" '' 'b  c'; echo
unshare ls -l /proc/self/fd 7</etc/hostname 2>&1 | sed -n 's,.*\(7 -> .*\),\1,p'
unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_uts_namespaces; unshare -u true'; echo "status $?"
