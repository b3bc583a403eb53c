#!/bin/sh
# Runs a program, and prints what it prints and its status. It is the same for everybody and everywhere.
# usage: outcome.sh FOLDERS PROGRAM [ARGS...]
#   FOLDERS  of programs that are found before the system's
folders=$1
shift
# What this shell would say of signals, no other would.
exec 2>/dev/null
# shellcheck disable=SC3045 # Debian's sh has it
ulimit -n 1024 && umask 022 && cd / || exit
env -i PATH="$folders:/usr/sbin:/usr/bin:/sbin:/bin" timeout -k 5 60 "$@" 2>&1 </dev/null
echo "status $?"
