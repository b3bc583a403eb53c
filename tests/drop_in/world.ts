/** A small world for lsns: a PID namespace with its own /proc, where nothing else is to be seen. */

/** What every script of a world can use. */
const WORLD = `
mkfifo up hold
echo 'echo >up; read x <hold' >keep
# Starts "sh keep NAME" in new namespaces and waits until it runs.
start() {
  /usr/bin/unshare "$@" & read x <up
}
# Runs lsns, with the inodes in its output replaced by names: W for PID 1, others as in $NAMES.
list() {
  lsns "$@" >out
  status=$?
  name_namespaces W:1 $NAMES <out
  [ $status = 0 ] || echo "exit $status"
}
`;

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
exec /usr/bin/unshare ${options} -pf --mount-proc sh world`;
}
