/** Homes, in which the containers of ordinary users are. @see passwd(5) */
import { readText } from "../../ffi/file.ts";
import { SyscallError } from "../../ffi/errors.ts";

/** The homes in the text of /etc/passwd, by uid. The first account of an id counts. */
export function parseHomes(text: string): Map<number, string> {
  const homes = new Map<number, string>();
  for (const line of text.split("\n")) {
    const [, , uid, , , home] = line.split(":");
    if (home?.startsWith("/") && !homes.has(Number(uid))) homes.set(Number(uid), home);
  }
  return homes;
}

/** The homes of all users; none where /etc/passwd cannot be read. */
export function readHomes(): Map<number, string> {
  try {
    return parseHomes(readText("/etc/passwd"));
  } catch (error) {
    if (error instanceof SyscallError) return new Map();
    throw error;
  }
}
