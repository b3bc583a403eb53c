/** Which nido this is. */

/** The version in deno.json: a test compares them. */
export const VERSION = "0.1.0";

/** The day of that version, for the man page. */
export const DATE = "2026-11-24";

/** The util-linux whose unshare, nsenter and lsns nido's are: tests compare them. */
const UTIL_LINUX = "2.42";

/** What --version prints. Scripts look for util-linux's version: behind these words, as the fourth, or as the first number. */
export function versionLine(name: string): string {
  const own = `nido ${VERSION}`;
  return name === "nido" ? own : `${name} from util-linux ${UTIL_LINUX} (compatible: ${own})`;
}
