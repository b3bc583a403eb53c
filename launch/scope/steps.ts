/** Limits what the program reaches. @see landlock_create_ruleset(2), landlock_restrict_self(2) */
import { LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET } from "../../ffi/abi/landlock.ts";
import { PR_SET_NO_NEW_PRIVS } from "../../ffi/abi/prctl.ts";
import { data } from "../../engine/operand.ts";
import { type Context, failed } from "../context.ts";
import { scopeHints } from "./hints.ts";

const BYTES = 24;

/** struct landlock_ruleset_attr: what is handled of files, of networks, and the scopes. */
const RULESET = data(
  new Uint8Array(BigUint64Array.of(0n, 0n, BigInt(LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET)).buffer),
  "{scoped=LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET}",
);

/** Restricts this process, and all that it starts, if that is asked for. */
export function setScope({ s, spec, request }: Context): void {
  s.if(request.isOn(spec.scopeAbstractUnixSockets), () => {
    const fails = failed("cannot scope abstract Unix sockets", scopeHints());
    const note = "no abstract sockets but those that are made inside";
    const ruleset = s.call("landlock_create_ruleset", [RULESET, BYTES, 0], note, {
      result: "ruleset",
      fails,
    });
    s.call("prctl", [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0], "without privileges it takes that", {
      fails: failed("cannot give up new privileges"),
    });
    s.call("landlock_restrict_self", [ruleset, 0], note, { fails });
    s.call("close", [ruleset], "it holds from here on", { fails: "ignored" });
  });
}
