# shellcheck shell=sh
# Runs a command in a mount namespace where some folders are its own.
# usage: sh enter.sh CPUS PLACE OWN [PATH FILE]... -- [KEPT]... -- COMMAND [ARGS...]
#   CPUS   the processors, separated by spaces; none to take the namespace as it comes
#   PLACE  the folder that has the folders OWN ("/tmp /run"), to stand for those of the machine
#   PATH   a file that FILE stands for
#   KEPT   a path in those folders that stays what it is
set -eu

# Since Linux 6.18 each processor has its own numbers for namespaces, and one can be bound to a file
# only where the mount namespace has a lower number. Tests do that, on any processor.
if [ "${1-}" != --inside ]; then
  for cpu in $1; do
    status=0
    taskset -c "$cpu" unshare --mount sh "$0" --inside "$@" || status=$?
    [ "$status" = 99 ] || exit "$status"
  done
  shift
  exec unshare --mount sh "$0" --inside "" "$@"
fi
cpus=$2 place=$3 own=$4
shift 4
if [ -n "$cpus" ]; then
  : >"$place/bound"
  for cpu in $cpus; do
    taskset -c "$cpu" unshare --mount="$place/bound" true 2>/dev/null || exit 99
    umount -n "$place/bound"
  done
  taskset -pc "$(echo "$cpus" | tr ' ' ,)" $$ >/dev/null
fi
# Others' mounts of proc would do for one that a test covers, and their namespaces with names are not the tests'.
sed -n 's/ - proc .*//p; s/ - nsfs .*//p' /proc/self/mountinfo | cut -d ' ' -f 5 | grep -vx /proc |
  while read -r folder; do
    umount -n "$folder" 2>/dev/null || :
  done
while [ "$1" != -- ]; do
  mount -n --bind "$2" "$1"
  shift 2
done
shift
while [ "$1" != -- ]; do
  # What is below another that is kept is there with it.
  if [ ! -e "$place$1" ]; then
    if [ -d "$1" ]; then
      mkdir -p "$place$1"
    else
      mkdir -p "$place${1%/*}"
      : >"$place$1"
    fi
    mount -n --rbind "$1" "$place$1"
  fi
  shift
done
shift
for folder in $own; do
  mount -n --rbind "$place$folder" "$folder"
done
# Else the current folder would be one that is hidden now.
cd "$PWD"
exec "$@"
