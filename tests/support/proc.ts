/** A /proc that is mounted in another way, for what is started in it. */

/** Words that start a program in a mount namespace where /proc is mounted with these options; as root. */
export function withProc(options: string): string[] {
  const script = 'options=$1; shift; mount -t proc -o "$options" proc /proc && exec "$@"';
  return ["unshare", "--mount", "sh", "-c", script, "sh", options];
}
