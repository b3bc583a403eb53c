/** The ordinary user that root's tests run as: an account with subordinate ids. */

const ID = 1000;
const NAME = "nido-test";
const RANGE = "100000:65536";

function linesOf(path: string): string[] {
  try {
    return Deno.readTextFileSync(path).split("\n").filter(Boolean);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/**
 * Writes copies of files of /etc with that user added, where the user is missing, to `folder`. The
 * machine's own files stay unchanged.
 *
 * @returns the file for each path that it is to stand for
 */
export function makeUser(folder: string): Record<string, string> {
  const made: Record<string, string> = {};
  const add = (path: string, line: string): void => {
    const copy = `${folder}/${path.slice(path.lastIndexOf("/") + 1)}`;
    Deno.writeTextFileSync(copy, [...linesOf(path), line, ""].join("\n"));
    Deno.chmodSync(copy, 0o644);
    made[path] = copy;
  };
  const known = linesOf("/etc/passwd").find((line) => line.split(":")[2] === String(ID));
  const name = known?.split(":")[0] ?? NAME;
  if (!known) {
    add("/etc/passwd", `${name}:x:${ID}:${ID}::/nonexistent:/bin/sh`);
    if (!linesOf("/etc/group").some((line) => line.split(":")[2] === String(ID))) {
      add("/etc/group", `${name}:x:${ID}:`);
    }
  }
  for (const path of ["/etc/subuid", "/etc/subgid"]) {
    const owned = linesOf(path).some((line) => [name, String(ID)].includes(line.split(":")[0]!));
    if (!owned) add(path, `${name}:${RANGE}`);
  }
  return made;
}
