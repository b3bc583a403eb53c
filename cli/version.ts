/** Which nido this is. */

/** The version in deno.json: a test compares them. */
export const VERSION = "0.1.0";

/** What --version prints. */
export function versionLine(name: string): string {
  return name === "nido" ? `nido ${VERSION}` : `${name} from nido ${VERSION}`;
}
