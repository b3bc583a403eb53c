/** Files of the target in /proc. @see proc(5) */
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { readAll } from "../../engine/file.ts";
import type { Place, Variable } from "../../engine/value.ts";
import { targetFileHints } from "./hints.ts";
import { type Context, failed } from "../context.ts";

/**
 * Opens a file below /proc/TARGET.
 *
 * @param result What the descriptor is called in prints.
 * @param note What it is opened for.
 */
export function openTargetFile(
  { s }: Context,
  target: number,
  path: string,
  { result, note, flags = O_RDONLY }: {
    readonly result: string;
    readonly note: string;
    readonly flags?: number;
  },
): Variable {
  return s.call("openat", [AT_FDCWD, path, flags | O_CLOEXEC, 0], note, {
    result,
    fails: failed(`cannot open ${path}`, targetFileHints(target)),
  });
}

/**
 * Reads /proc/TARGET/`name`.
 *
 * @param when When it is read, if not in every launch.
 * @returns How much there was: at most as much as there is room for.
 */
export function readTargetFile(
  context: Context,
  target: number,
  name: string,
  { into, room, when }: { readonly into: Place; readonly room: number; readonly when?: string },
): Variable {
  const path = `/proc/${target}/${name}`;
  const note = `read the target's ${name}`;
  const file = openTargetFile(context, target, path, { result: "file", note });
  const hints = targetFileHints(target);
  return readAll(context.s, file, into, {
    room,
    note,
    fails: failed(`cannot read ${path}`, hints),
    ...(when === undefined ? {} : { when }),
  });
}
