/** Starts a child that runs records on the mapped interpreter. */
import { codePage } from "./machine/code_page.ts";

// long spawn(void *constants, unsigned long flags, void *child_stack, int *parent_tid);
const SPAWN = { parameters: ["i64", "i64", "i64", "i64"], result: "i64" } as const;

let pointer: Deno.UnsafeFnPointer<typeof SPAWN> | undefined;

/**
 * clone(2). The child runs the records among the constants: {@link ./machine/machine.ts} describes them.
 *
 * @param stack The end of the child's stack.
 * @param parentTid Where CLONE_PIDFD puts the pidfd.
 * @returns The child's PID, or -errno.
 */
export function spawn(constants: bigint, flags: number, stack: bigint, parentTid: bigint): number {
  pointer ??= new Deno.UnsafeFnPointer(codePage().spawn, SPAWN);
  return Number(pointer.call(constants, BigInt(flags), stack, parentTid));
}
