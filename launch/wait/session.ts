/** The program's session. @see setsid(2) */
import { type Context, failed } from "../context.ts";

/**
 * Makes the program lead a session; who leads a process group already is refused, and leads that. In a root
 * of its own that is the end: the caller's terminal would take what the program types for the caller.
 */
export function leadSession({ s, spec, request }: Context): void {
  s.if(request.isGiven(spec.setsid), () => {
    s.call("setsid", [], "a session and a process group of its own, without a terminal", {
      fails: (error) =>
        s.if(request.isGiven(spec.newRoot), () => error.fail(failed("setsid failed"))),
    });
  });
}
