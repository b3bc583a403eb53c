#!/bin/bash
# Process 1 of the machine that run.sh starts: runs everything as root and as an ordinary user, and
# turns the machine off.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb NO_COLOR=1
passed=0 failed=0 skipped=0

# pivot_root(2) takes no root of an initramfs, but a mount of it.
if [ "${1-}" != mounted ]; then
  mount -n --bind / /mnt
  cd /mnt || exit
  mount -n --move . /
  exec chroot . "$0" mounted
fi

set_up() {
  local folder
  mount -t proc proc /proc
  mount -t sysfs sysfs /sys
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  mount -t devtmpfs dev /dev
  mkdir /dev/pts /dev/shm
  mount -t devpts devpts /dev/pts
  for folder in /dev/shm /tmp /run; do mount -t tmpfs -o mode=1777 tmpfs "$folder"; done
  chmod 755 /run
  ip link set lo up
  dmesg --console-level emerg
  find /usr/lib/modules -name '*.ko*' -exec insmod {} \;
}

check() {
  local name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "$name ... ok"
  else
    failed=$((failed + 1))
    echo "$name ... FAILED"
  fi
}

# usage: gives EXPECTED FOLDERS PROGRAM [ARGS...]
gives() {
  local expected=/expected/$1 output
  shift
  output=$("${as[@]}" /nido/tools/aarch64/outcome.sh "$@")
  [ "$output" = "$(<"$expected")" ] || { diff "$expected" - <<<"$output" | cat -v; return 1; }
}

# Each line as a file of its own, and given to a whole command.
check_lines() {
  local line number=0
  while IFS= read -r line; do
    [[ $line == '#'* || $line == '' ]] && continue
    number=$((number + 1))
    check "$who, frozen: $line" gives "$number.frozen" /none "/frozen/lines/$number"
    check "$who, open: $line" gives "$number.open" /open sh -c "$line"
    check "$who, front: $line" gives "$number.open" /front sh -c "$line"
  done </nido/tools/aarch64/lines.txt
}

check_scripts() {
  local script name kind
  for script in /nido/tools/aarch64/scripts/*.sh; do
    name=${script##*/}
    for kind in open front; do
      check "$who, $kind: $name" gives "$name" /$kind:/frozen "$script"
    done
  done
}

says() {
  local expected=$1 output
  shift
  output=$("${as[@]}" "$@" 2>&1)
  [ "$output" = "$expected" ] || { echo "$output"; return 1; }
}

check_deno_behind() {
  local front=(env NO_COLOR=1 /front/nido eval --no-config 'console.log(Deno.build.arch)')
  check "$who, front: the rest is left to Deno" says aarch64 "${front[@]}"
  check "$who, front: a reason why Deno does not start" \
    says 'nido: cannot start Deno: it needs 33 GiB of address space (ulimit -v)' \
    sh -c 'ulimit -v 200000; exec "$@"' sh "${front[@]}"
}

doctor_finds_all() {
  local output
  output=$("${as[@]}" ./dev nido doctor)
  echo "$output"
  [[ $output == *' 0 are refused'* ]]
}

# Adds the last line of the tests to the sums.
run_tests() {
  local output summary
  output=$(mktemp)
  "${as[@]}" env PATH="$PATH:/util-linux" timeout 1200 ./dev test "$@" 2>&1 | tee "$output" | grep -v -e ' \.\.\. ok (' -e ' \.\.\. ignored ('
  summary=$(tail -n 1 "$output")
  rm "$output"
  if [[ $summary =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)? ]]; then
    passed=$((passed + BASH_REMATCH[1]))
    failed=$((failed + BASH_REMATCH[2]))
    skipped=$((skipped + ${BASH_REMATCH[4]:-0}))
  else
    failed=$((failed + 1))
    echo "these tests ended without a summary, or after 20 minutes: $*"
  fi
}

# usage: become NAME [WORDS that a command of theirs begins with]
become() {
  who=$1
  shift
  as=("$@")
  echo "== $who, Linux $(uname -r), after $SECONDS seconds"
}

check_all() {
  check_lines
  check_scripts
  check_deno_behind
  check "$who: doctor finds nothing refused" doctor_finds_all
}

set_up
cd /nido || exit
user=(user setpriv --reuid 1000 --regid 1000 --clear-groups env HOME=/home/user)

become root
check_all
# What root has made of the sources is for the user too.
chown -R 1000:1000 /nido /home/user
# As a session's manager does.
mkdir /sys/fs/cgroup/user
chown 1000:1000 /sys/fs/cgroup/user /sys/fs/cgroup/user/cgroup.{procs,threads,subtree_control}
echo $$ >/sys/fs/cgroup/user/cgroup.procs
become "${user[@]}"
check_all
# The machine code, what starts it, and Command; the rest is the same on each processor, and slow here.
run_tests tests/launch/{run/clone,frozen}_test.ts tests/command/{request,streams}_test.ts
become root
run_tests tests/machine/{calls,image,operations}_test.ts tests/engine/interpreter_test.ts \
  tests/ffi/primitives_test.ts tests/launch/{run/clone,frozen}_test.ts tests/tools/{entry,front}_test.ts
run_tests tests/command/{descriptors,kill,pid,request,streams}_test.ts
echo "== after $SECONDS seconds"
echo "$passed passed, $failed failed, $skipped skipped"
busybox poweroff -f
