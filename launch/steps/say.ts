/** Words of a launch itself. */
import { encode } from "../../ffi/bytes.ts";
import { type Context, failed } from "./context.ts";

/** Says a line on standard error. */
export function say({ s, spec }: Context, line: string, when?: string): void {
  const text = encode(`${spec.name}: ${line}\n`);
  s.call("write", [2, text, text.length], "say so", {
    fails: "ignored",
    ...(when === undefined ? {} : { when }),
  });
}

/** Ends the launch for a reason that is no system call's. */
export function refuse({ s }: Context, line: string): void {
  s.fail(failed(line));
}
