/** Whether messages are for a person, where programs read them too. */
import { TCGETS, TERMIOS_BYTES } from "../../ffi/abi/ioctl.ts";
import type { Builder } from "../../engine/builder.ts";
import { any, not, type When } from "../../engine/condition.ts";
import type { FrontEnd } from "../../engine/failure.ts";
import type { Variable } from "../../engine/value.ts";
import { EXPLAIN } from "../errors.ts";
import { findInEnviron, inheritedEnviron } from "../program/environment.ts";

const STDERR = 2;

/**
 * Tells whether more than a message is printed: by a terse front end where standard error is a terminal, or
 * all is asked for. Must be called first of all: arguments that were frozen are put where the kernel has
 * counted those that are given.
 */
export function explainsFor(s: Builder, fronts: readonly FrontEnd[]): (s: Builder) => When {
  if (!fronts.some(({ isTerse }) => isTerse)) return () => true;
  const environ = inheritedEnviron(s);
  if (fronts.length === 1) return (s) => isExplained(s, environ);
  const isTerse = any(...fronts.map((front, i) => front.isTerse === true && s.voice.is(i)));
  return (s) => {
    const explains = s.variable("explains", 1);
    s.if(isTerse, () => s.if(not(isExplained(s, environ)), () => explains.set(0)));
    return explains.is(1);
  };
}

function isExplained(s: Builder, environ: Variable): When {
  const explained = s.variable("explained", 0);
  const asked = findInEnviron(s, environ, EXPLAIN);
  s.if(asked.isNot(0), () => s.if(asked.begins(`${EXPLAIN}=1\0`), () => explained.set(1)));
  s.if(explained.is(0), () => {
    s.block(({ leave }) => {
      const settings = s.memory("settings of standard error", TERMIOS_BYTES);
      s.call("ioctl", [STDERR, TCGETS, settings], "does a person look at it?", { fails: leave });
      explained.set(1);
    });
  });
  return explained.is(1);
}
