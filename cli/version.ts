/** Which nido this is. */
import { DROP_INS, spokenName } from "./command.ts";

/** The version in deno.json: a test compares them. */
export const VERSION = "0.1.0";

/** The day of that version, for the man page. */
export const DATE = "2026-11-24";

/** The util-linux whose unshare, nsenter and lsns nido's are: tests compare them. */
const UTIL_LINUX = "2.42";

/** The bubblewrap whose bwrap nido's is: tests compare them. */
const BUBBLEWRAP = "0.13.1";

/** What --version prints of a command. Programs look for a version of bubblewrap in the first line. */
export function versionText(command: string): string {
  if (command === "bwrap") return `bubblewrap ${BUBBLEWRAP}\n${versionLine("nido")}\n`;
  return `${versionLine(spokenName(command))}\n`;
}

/** What --version prints. Scripts look for util-linux's version: behind these words, as the fourth, or as the first number. */
export function versionLine(name: string): string {
  const own = `nido ${VERSION}`;
  return !DROP_INS.includes(name)
    ? own
    : `${name} from util-linux ${UTIL_LINUX} (compatible: ${own})`;
}
