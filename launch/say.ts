/** Notes and refusals of a launch that are no call's failure. */
import { encode } from "../ffi/bytes.ts";
import { type Message, textFor } from "../engine/failure.ts";
import { type Context, failed } from "./context.ts";

/** Prints a line on standard error. */
export function say({ s, spec, front }: Context, line: Message, when?: string): void {
  const text = encode(`${spec.name}: ${textFor(line, front)}\n`);
  s.call("write", [2, text, text.length], "say so", {
    fails: "ignored",
    ...(when === undefined ? {} : { when }),
  });
}

/** Ends the launch for a reason that is no system call's. */
export function refuse({ s }: Context, line: Message): void {
  s.fail(failed(line));
}
