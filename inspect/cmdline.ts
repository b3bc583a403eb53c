/** /proc/PID/cmdline, environ and whatever else is a row of C strings. */
import { decode } from "../ffi/bytes.ts";

/**
 * The arguments in /proc/PID/cmdline; none of a kernel thread or a zombie. A process may have
 * written over them: then it is one text, without the NUL that else ends each.
 */
export function parseCmdline(bytes: Uint8Array): string[] {
  if (bytes.length === 0) return [];
  const text = decode(bytes);
  return (text.endsWith("\0") ? text.slice(0, -1) : text).split("\0");
}

/** One line for a person: the arguments with spaces between, as ps(1) has them. */
export function commandLine(args: readonly string[]): string {
  // setproctitle(3) leaves a tail of NULs.
  return args.join(" ").trimEnd();
}
