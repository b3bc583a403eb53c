/** Words of a launch itself. */
import { encode } from "../../ffi/bytes.ts";
import { type Context, EXIT_FAILURE } from "./context.ts";

/** Says a line on standard error. */
export function say({ s, spec }: Context, line: string, when: string): void {
  const text = encode(`${spec.name}: ${line}\n`);
  s.call("write", [2, text, text.length], "say so", { when });
}

/** Says why there is no launch, and ends. */
export function refuse(context: Context, line: string, when: string): void {
  say(context, line, when);
  context.s.call("exit_group", [EXIT_FAILURE], "exit", { when });
}
