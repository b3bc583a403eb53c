/**
 * Fixes the path of a compiled program's embedded files.
 *
 * Deno finds them below `$TMPDIR/deno-compile-NAME`, a path that need not exist. But where it is
 * another as a URL than as a path (TMPDIR has `..`, `%41`, `#`, a backslash) they are looked for in
 * the file system: a program would run what somebody else put there. And TMPDIR must be absolute.
 *
 * @module
 */

/** Deno appends the program's name, and joins that to TMPDIR. */
const BY_TMPDIR = "deno-compile-";

/** As long; a path that begins with / is joined to nothing, and nobody can make this one. */
const FIXED = "/proc/0/nido-";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** All offsets of a text in bytes. */
function placesOf(bytes: Uint8Array, text: string): number[] {
  const wanted = bytesOf(text);
  const places: number[] = [];
  for (let at = bytes.indexOf(wanted[0]!); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) places.push(at);
  }
  return places;
}

/**
 * Changes a runtime so that its programs have their files at a fixed path.
 *
 * @throws {Error} if it makes that path in another way than the one that is known
 */
export function fixRoot(runtime: Uint8Array): void {
  if (placesOf(runtime, FIXED).length === 1) return;
  const [place, ...more] = placesOf(runtime, BY_TMPDIR);
  if (place === undefined || more.length > 0) {
    throw new Error(`it has "${BY_TMPDIR}" ${more.length ? "more than once" : "nowhere"}`);
  }
  runtime.set(bytesOf(FIXED), place);
}
