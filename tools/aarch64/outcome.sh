#!/bin/sh
# Runs a program, and prints what it prints and its status.
# usage: outcome.sh PROGRAM [ARGS...]
cd / && env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@" 2>&1 </dev/null
echo "status $?"
