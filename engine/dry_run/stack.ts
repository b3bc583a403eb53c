/** The stack of a new program. @see System V ABI, "Process Initialization" */
import { alignUp } from "../growing.ts";

/** The arguments and the environment of a new program. */
export interface Given {
  readonly argv: readonly Uint8Array[];
  readonly envp: readonly Uint8Array[];
}

/** The address behind it. */
export const STACK_END = 0x7ffd_0000_0000;

/** argc, argv, NULL, envp, NULL, an empty auxiliary vector, and the strings; and the stack pointer. */
export function stackOf(
  { argv, envp }: Given,
): { bytes: Uint8Array<ArrayBuffer>; pointer: number } {
  const strings = [...argv, ...envp];
  const words = 1 + argv.length + 1 + envp.length + 1 + 2;
  const length = 8 * words + strings.reduce((sum, { length }) => sum + length + 1, 0);
  const bytes = new Uint8Array(alignUp(length, 16));
  const view = new DataView(bytes.buffer);
  const start = STACK_END - bytes.length;
  view.setBigUint64(0, BigInt(argv.length), true);
  let at = 8 * words;
  strings.forEach((string, i) => {
    const word = 1 + i + (i < argv.length ? 0 : 1);
    view.setBigUint64(8 * word, BigInt(start + at), true);
    bytes.set(string, at);
    at += string.length + 1;
  });
  return { bytes, pointer: start };
}
