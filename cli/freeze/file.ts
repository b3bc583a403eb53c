/** The files of `nido freeze`: programs written so that nobody ever sees half of one. */
import { write } from "../output.ts";
import { UsageError } from "../getopt.ts";

/** No frozen program is larger, as arguments and environment cannot be. */
const MOST_BYTES = 8 << 20;

function reason(error: unknown): string {
  return error instanceof Error ? error.message.replace(/ \(os error \d+\).*$/s, "") : `${error}`;
}

/** Why a program must not be put here: what is there would be lost, or is somebody else's choice. */
function obstacle(path: string): string | undefined {
  try {
    const { isFile, isDirectory, isSymlink } = Deno.lstatSync(path);
    if (isFile) return undefined;
    if (isDirectory) return "it is a directory";
    return isSymlink ? "it is a symbolic link: name the file itself" : "it is no regular file";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    return reason(error);
  }
}

/**
 * Writes a program, or replaces one: as a new file beside it that takes its name when it is whole.
 *
 * @param path `-` is standard output.
 * @throws {UsageError}
 */
export function writeProgram(path: string, bytes: Uint8Array<ArrayBuffer>): void {
  if (path === "-") {
    if (Deno.stdout.isTerminal()) {
      throw new UsageError("a program is nothing for a terminal: redirect it, or -o FILE");
    }
    return write(bytes);
  }
  const cannot = (why: string) => new UsageError(`cannot write ${path}: ${why}`);
  const why = path === "" ? "it has no name" : obstacle(path);
  if (why !== undefined) throw cannot(why);
  const slash = path.lastIndexOf("/") + 1;
  let part: string | undefined;
  try {
    part = Deno.makeTempFileSync({ dir: path.slice(0, slash) || ".", prefix: ".nido-freeze-" });
    Deno.writeFileSync(part, bytes);
    Deno.chmodSync(part, 0o755 & ~Deno.umask());
    Deno.renameSync(part, path);
  } catch (error) {
    if (part !== undefined) Deno.removeSync(part);
    throw cannot(reason(error));
  }
}

/**
 * Reads a program that may be frozen.
 *
 * @throws {UsageError}
 */
export function readFrozen(path: string): Uint8Array<ArrayBuffer> {
  const cannot = (why: string) => new UsageError(`cannot read ${path}: ${why}`);
  try {
    // Of a device or a pipe there may be no end.
    const { isFile, isDirectory, size } = Deno.statSync(path);
    if (!isFile) throw cannot(isDirectory ? "it is a directory" : "it is no regular file");
    if (size > MOST_BYTES) throw cannot("it is too large to be what nido freeze has written");
    return Deno.readFileSync(path);
  } catch (error) {
    throw error instanceof UsageError ? error : cannot(reason(error));
  }
}
