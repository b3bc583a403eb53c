#!/bin/sh
# Runs nido on a real kernel for aarch64, Debian's, in a machine that qemu emulates. init.sh is its
# process 1, and says what runs there.
# The last line is "N passed, N failed, N skipped"; the exit status tells whether anything failed.
# usage: run.sh STORE DENO NIDO KEYS FLAVOUR, as "./dev aarch64" calls it
#   STORE    a folder for what is fetched
#   DENO     a Deno for aarch64, in a folder "node_modules"
#   NIDO     a program for aarch64 with the front of nido's binary
#   KEYS     a file with Debian's keys
#   FLAVOUR  of the kernel: arm64, or arm64-16k with pages of 16 KiB
set -eu

store=$1 deno=$2 nido=$3 keys=$4 flavour=$5
here=$(dirname -- "$(readlink -f -- "$0")")
checkout=${here%/tools/aarch64}
most_minutes=60

# What the tests use; apt finds what these need. libstdc++6 is for Deno.
packages="base-files base-passwd bash binutils busybox-static coreutils dash diffutils findutils grep gzip
  hostname iproute2 kmod libcap2-bin libstdc++6 mawk mount passwd procps sed strace tar uidmap
  util-linux"

say() {
  printf 'aarch64: %s\n' "$*" >&2
}

# For a Debian that has nothing yet, whatever this one is.
apt() {
  apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o APT::Sandbox::User= \
    -o Dir::State="$store/apt" -o Dir::State::status=/dev/null -o Dir::Cache="$store/apt" \
    -o Dir::Etc::sourcelist="$store/apt/sources.list" -o Dir::Etc::sourceparts=- "$@" </dev/null
}

fetch() {
  mkdir -p "$store/apt/lists/partial" "$store/apt/archives/partial" "$store/kernel"
  echo "deb [signed-by=$keys] http://deb.debian.org/debian trixie main" >"$store/apt/sources.list"
  apt update
  apt autoclean
  # shellcheck disable=SC2086 # names of packages have no spaces
  apt install --yes --no-install-recommends --download-only $packages
  # The kernel without what it needs: that would make initramfs files, and start a system.
  kernel=$(apt --simulate install --no-install-recommends "linux-image-$flavour" |
    sed -n 's/^Inst \(linux-image-[0-9][^ ]*\) .*/\1/p')
  release=${kernel#linux-image-}
  (cd "$store/kernel" && apt download "$kernel")
  kernel=$(find "$store/kernel" -name "${kernel}_*.deb" | sort -V | tail -n 1)
}

# What the machine has in its memory: Debian, Deno, the checkout, modules of the kernel.
make_root() {
  mkdir "$root"
  for package in "$store"/apt/archives/*.deb; do dpkg-deb --extract "$package" "$root"; done
  rm -rf "$root/usr/share/doc" "$root/usr/share/man" "$root/usr/share/locale"
  for name in passwd group; do
    cp "$root/usr/share/base-passwd/$name.master" "$root/etc/$name"
  done
  echo 'user:x:1000:1000::/home/user:/bin/sh' >>"$root/etc/passwd"
  echo 'user:x:1000:' >>"$root/etc/group"
  echo aarch64 >"$root/etc/hostname"
  ln -s mawk "$root/usr/bin/awk"
  for name in subuid subgid; do echo 'user:100000:65536' >"$root/etc/$name"; done
  dpkg-deb --fsys-tarfile "$kernel" | tar -x -C "$work" "./boot/vmlinuz-$release"
  dpkg-deb --fsys-tarfile "$kernel" | tar -x -C "$root" --wildcards \
    '*/fs/overlayfs/overlay.ko*' '*/fs/binfmt_misc.ko*'
  mkdir -p "$root/mnt" "$root/home/user" "$root/nido/.deno"
  (cd "$checkout" && tar -c --exclude=./.deno --exclude=./.git --exclude=./dist .) |
    tar -x -C "$root/nido"
  # ./dev looks there, and asks nobody for what no network gives.
  cp -R "${deno%/node_modules/*}" "$root/nido/.deno"
  echo stand-ins >"$root/nido/.deno/std"
}

freeze() {
  "$checkout/dev" nido freeze "$@" </dev/null
}

# Freezes for the machine and for this one: to a file of the first name, and of the second.
# usage: freeze_both THERE HERE WORDS...
freeze_both() {
  there=$1 here_too=$2
  shift 2
  freeze --arch aarch64 -o "$there" "$@"
  freeze -o "$here_too" "$@"
}

# What the machine starts, and, from the same programs for this processor, what is to come out.
make_programs() {
  mkdir -p "$root/frozen/lines" "$root/open" "$root/front" "$root/expected" \
    "$root/util-linux" "$work/here"
  cp "$nido" "$root/front/nido"
  # What is not found there must not be found elsewhere; but tests use util-linux's.
  mv "$root/usr/bin/unshare" "$root/usr/bin/nsenter" "$root/util-linux"
  for command in unshare nsenter bwrap run; do
    ln -s nido "$root/front/$command"
    freeze_both "$root/open/$command" "$work/here/$command" --open "$command"
  done
  "$work/here/unshare" -Urf true || {
    say "what is to come out is made here, where no user namespace may be created"
    exit 1
  }
  while read -r name words; do
    case $name in '#'* | '') continue ;; esac
    eval "freeze_both '$root/frozen/$name' '$work/here/$name' $words"
  done <"$here/frozen.txt"
  for script in "$here"/scripts/*.sh; do
    name=${script##*/}
    "$here/outcome.sh" "$work/here" "$script" >"$root/expected/$name"
  done
  number=0
  while IFS= read -r line; do
    case $line in '#'* | '') continue ;; esac
    number=$((number + 1))
    eval "freeze_both '$root/frozen/lines/$number' '$work/line' $line"
    "$here/outcome.sh" "$work/here" "$work/line" >"$root/expected/$number.frozen"
    "$here/outcome.sh" "$work/here" sh -c "$line" >"$root/expected/$number.open"
  done <"$here/lines.txt"
}

# "max" checks what a processor may check: where branches end (BTI), signed addresses (PAC), tags.
start_machine() {
  (cd "$root" && find . | cpio --quiet --create --format=newc --owner=0:0) >"$work/initramfs"
  rm -rf "$root"
  timeout --foreground "${most_minutes}m" nice -n 10 qemu-system-aarch64 -machine virt \
    -cpu max,pauth-impdef=on -smp 2 -m 2000 -nic none -nographic -no-reboot -pidfile "$work/pid" \
    -kernel "$work/boot/vmlinuz-$release" -initrd "$work/initramfs" \
    -append 'console=ttyAMA0 quiet panic=-1 rdinit=/nido/tools/aarch64/init.sh' </dev/null |
    sed -u -e 's,\r$,,' -e '/reboot: Power down$/d' | tee "$work/output"
}

clean_up() {
  if [ -s "$work/pid" ]; then kill "$(cat "$work/pid")" 2>/dev/null; fi
  rm -rf "$work"
}

umask 022
fetch
work=$(mktemp -d "$store/work.XXXXXX")
root=$work/root
trap clean_up EXIT
trap 'exit 130' INT TERM HUP
make_root
make_programs
# In the background, since a shell handles no signal while it runs a command.
start_machine &
wait $!
summary=$(tail -n 1 "$work/output")
case $summary in
  *' passed, 0 failed, '*) ;;
  *' passed, '*' failed, '*) exit 1 ;;
  *)
    say "the machine ended without a summary, or its $most_minutes minutes were over"
    exit 1
    ;;
esac
