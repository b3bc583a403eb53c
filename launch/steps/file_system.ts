/** Which file system something is on: where others choose what is mounted, a path does not tell. @see statfs(2) */
import { STATFS } from "../../ffi/abi/stat.ts";
import { type Operand, slot } from "../plan.ts";
import { type Context, failed } from "./context.ts";
import { refuse } from "./say.ts";

/**
 * Ends the launch if an open file is on another file system.
 *
 * @param type As statfs(2) gives it.
 * @param otherwise What is said then.
 */
export function checkFileSystem(
  context: Context,
  fd: Operand,
  type: number,
  otherwise: string,
): void {
  const { s } = context;
  const same = s.unique("file system");
  const statfs = s.buffer("statfs", STATFS.bytes);
  s.call("fstatfs", [fd, statfs], "is it what it is taken for?", {
    failure: failed("fstatfs failed"),
  });
  s.compute("type", "load", statfs, STATFS.type);
  s.test("ifEqual", [slot("type"), type], same);
  refuse(context, otherwise);
  s.label(same);
}
