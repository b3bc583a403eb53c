/** Steps that find the likeliest cause of a failure. */
import type { Builder } from "../builder.ts";
import { not } from "../condition.ts";
import { Struct } from "../struct.ts";
import type { Expression, Variable } from "../value.ts";
import { Given, LOOKS } from "./look_steps.ts";
import { addressOf, HINT, LOOK, LOOK_NAME } from "./structs.ts";

/**
 * Finds the first hint for this error whose looks all succeed.
 *
 * @param kinds The kinds of looks that there are in the plan.
 * @returns The address of the hint: that of the end of the list if none fits.
 */
export function findHint(
  s: Builder,
  hints: Expression,
  errno: Variable,
  kinds: readonly string[],
): Variable {
  const at = s.variable("hint", addressOf(hints));
  const hint = new Struct(s, HINT, at);
  s.loop((search) => {
    s.block((one) => {
      const explains = s.variable("explains", hint.get("explains"));
      s.if(explains.is(0), search.leave);
      s.if(not(explains.isOneOf(1, errno.plus(1))), one.leave);
      if (kinds.length > 0) {
        const name = s.variable("look", addressOf(hint.get("looks")));
        const looks = new Struct(s, LOOK_NAME, name);
        s.while(looks.get("look").isNot(0), () => {
          const look = s.variable("look", addressOf(looks.get("look")));
          s.found.set(0);
          s.foundName.set("");
          seeOrLeave(s, look, kinds, one.leave);
          name.advance(LOOK_NAME.bytes);
        });
      }
      search.leave();
    });
    at.advance(HINT.bytes);
  });
  return at;
}

/** Makes a look, and leaves the block if it fails. */
function seeOrLeave(
  s: Builder,
  look: Variable,
  kinds: readonly string[],
  leave: () => void,
): void {
  const kind = s.variable("kind", new Struct(s, LOOK, look).get("kind"));
  const cases = kinds.map((name, i): [number, () => void] => [i + 1, () => {
    const steps = s.looks.get(name) ?? LOOKS[name];
    if (!steps) throw new Error(`Cannot look for "${name}": nothing says how`);
    s.if(not(steps(s, new Given(s, look))), leave);
  }]);
  s.switch(kind, cases, () => {});
}
