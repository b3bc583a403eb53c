/** The program's session. @see setsid(2) */
import type { Context } from "../context.ts";

/** Makes the program lead a session; who leads a process group already is refused, and leads that. */
export function leadSession({ s, spec, request }: Context): void {
  s.if(request.isGiven(spec.setsid), () => {
    s.call("setsid", [], "a session and a process group of its own, without a terminal", {
      fails: "ignored",
    });
  });
}
