/** A small world for lsns: a PID namespace with its own /proc, where nothing else is to be seen. */

/** What every script of a world can use. */
const WORLD = `
mkfifo -m 666 up hold
echo 'echo runs >up; read x <hold' >keep
# Starts "sh keep NAME" in new namespaces and waits until it runs. It reads again where it only saw
# the end of what the process before wrote.
start() {
  /usr/bin/unshare "$@" &
  until read x <up; do :; done
}
# Runs lsns and prints what it printed, with inodes replaced by names: W for PID 1's, others as in
# $NAMES. Nothing else runs meanwhile, as it would be counted.
list() {
  lsns "$@" >out
  status=$?
  name_namespaces W:1 $NAMES <out
  [ $status = 0 ] || echo "exit $status"
}
# The same in the order of the lines' texts, because inodes come in any order.
sorted() {
  list "$@" >named
  sort named
}
`;

/** Takes away namespaces that are kept by a bind mount outside: lsns would list them. */
const WITHOUT_KEPT = `sed -n "s/ - nsfs .*//p" /proc/self/mountinfo | cut -d" " -f5 |
  xargs -r umount -l`;

/**
 * @param script that runs as PID 1; it may use `start` and `list`
 * @param options of the unshare that makes the world: an ordinary user needs `-Ur`
 * @returns a shell script
 */
export function world(script: string, options = ""): string {
  // In a file, so that PID 1's command line is short and always the same.
  return `cat >world <<'END_OF_WORLD'
${WORLD}
${script}
END_OF_WORLD
${options === "" ? `exec /usr/bin/unshare -m sh -c '${WITHOUT_KEPT}` : ""}
exec /usr/bin/unshare ${options} -pf --mount-proc sh world${options === "" ? "'" : ""}`;
}
