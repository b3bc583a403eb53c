/** The capabilities of the program, as a spec has them. @see capabilities(7) */
import { CAPABILITY_NAMES } from "../../ffi/abi/capability_names.ts";

/** A change of the capabilities that a program gets. Names are those of capabilities(7), or "all". */
export type CapabilityEdit =
  | {
    /** What is added: "CAP_NET_ADMIN" or "net_admin". It must be permitted; "all" are those that are. */
    readonly add: string;
  }
  | {
    /** What is taken away. */
    readonly drop: string;
  };

/** The capabilities that a program gets. */
export interface CapabilitiesSpec<Open = never> {
  /**
   * Changes, in their order, of the capabilities that are effective when the program starts: all in a new
   * user namespace, and else those of the caller. With `rootless` root gets no more in one than it had. What is left is all that the program and its
   * descendants may ever have, and they keep it whoever they are.
   */
  readonly capabilities?: readonly CapabilityEdit[] | Open;
}

/** What is kept of what is there, and what is added then: bits by the numbers of capabilities. */
export interface CapabilityMasks {
  readonly keep: bigint;
  readonly add: bigint;
}

/** All that there may ever be. */
export const ALL: bigint = (1n << 64n) - 1n;

/** What is set in what is added only if all are: the kernel has fewer. */
export const LAST_BIT = 63;

/** The bits that a name stands for; undefined if it is none. */
export function capabilityBits(name: string): bigint | undefined {
  if (name.toLowerCase() === "all") return ALL;
  const known = `CAP_${name.toUpperCase().replace(/^CAP_/, "")}`;
  const number = CAPABILITY_NAMES.indexOf(known);
  return number < 0 ? undefined : 1n << BigInt(number);
}

/** All edits as one. */
export function capabilityMasks(edits: readonly CapabilityEdit[]): CapabilityMasks {
  let [keep, add] = [ALL, 0n];
  for (const edit of edits) {
    const bits = capabilityBits("add" in edit ? edit.add : edit.drop) ?? 0n;
    if ("add" in edit) add |= bits;
    else [keep, add] = [keep & ~bits, add & ~bits];
  }
  return { keep, add };
}

/** Whether all that are permitted are asked for: the kernel has fewer than there are bits. */
export const addsAll = (edits: readonly CapabilityEdit[]): boolean =>
  edits.some((edit) => "add" in edit && capabilityBits(edit.add) === ALL);
