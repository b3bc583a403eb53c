/** Which nido this is. */

/** The version in deno.json: a test compares them. */
export const VERSION = "0.1.0";

/** The day of that version, for the man page. */
export const DATE = "2026-11-24";

/** What --version prints. */
export function versionLine(name: string): string {
  return name === "nido" ? `nido ${VERSION}` : `${name} from nido ${VERSION}`;
}
