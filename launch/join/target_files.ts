/** Files of the target in /proc. @see proc(5) */
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { words } from "../../engine/failure.ts";
import { readAll } from "../../engine/file.ts";
import type { Place, Variable } from "../../engine/value.ts";
import { failed } from "../context.ts";
import type { Joining } from "./joining.ts";
import { targetFileHints } from "./target_hints.ts";

/**
 * Opens a file of the target.
 *
 * @param name Below its folder in /proc; "" is that.
 * @param result What the descriptor is called in prints.
 * @param note What it is opened for.
 */
export function openTargetFile(
  joining: Joining,
  name: string,
  { result, note, flags = O_RDONLY }: {
    readonly result: string;
    readonly note: string;
    readonly flags?: number;
  },
): Variable {
  const { s, target } = joining;
  return s.call("openat", [AT_FDCWD, target.path(name), flags | O_CLOEXEC, 0], note, {
    result,
    fails: failed(words`cannot open ${target.shown(name)}`, targetFileHints(target)),
  });
}

/**
 * Reads /proc/TARGET/`name`.
 *
 * @param when When it is read, if not in every launch.
 * @returns How much there was: at most as much as there is room for.
 */
export function readTargetFile(
  joining: Joining,
  name: string,
  { into, room, when }: { readonly into: Place; readonly room: number; readonly when?: string },
): Variable {
  const { s, target } = joining;
  const note = `read the target's ${name}`;
  const file = openTargetFile(joining, name, { result: "file", note });
  const hints = targetFileHints(target);
  return readAll(s, file, into, {
    room,
    note,
    fails: failed(words`cannot read ${target.shown(name)}`, hints),
    ...(when === undefined ? {} : { when }),
  });
}
