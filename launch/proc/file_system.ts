/** Which file system something is on: where others choose what is mounted, a path does not tell. @see statfs(2) */
import { STATFS } from "../../ffi/abi/stat.ts";
import type { Message } from "../../engine/failure.ts";
import type { Value } from "../../engine/value.ts";
import { type Context, failed } from "../context.ts";
import { refuse } from "../say.ts";

/**
 * Ends the launch if an open file is on another file system.
 *
 * @param type As statfs(2) gives it.
 * @param otherwise What is said then.
 */
export function checkFileSystem(
  context: Context,
  fd: Value,
  type: number,
  otherwise: Message,
): void {
  const { s } = context;
  const statfs = s.memory("statfs", STATFS.bytes);
  s.call("fstatfs", [fd, statfs], "is it what it is taken for?", {
    fails: failed("fstatfs failed"),
  });
  s.if(statfs.word(STATFS.type).isNot(type), () => refuse(context, otherwise));
}
