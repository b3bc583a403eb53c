/** Whether messages are for a person, where programs read them too. */
import { TCGETS, TERMIOS_BYTES } from "../../ffi/abi/ioctl.ts";
import type { Builder } from "../../engine/builder.ts";
import type { When } from "../../engine/condition.ts";
import type { Variable } from "../../engine/value.ts";
import { EXPLAIN } from "../errors.ts";
import { findInEnviron, inheritedEnviron } from "../program/environment.ts";

const STDERR = 2;

/**
 * Tells whether standard error is a terminal, or all is asked for. Must be called first of all: arguments that
 * were frozen are put where the kernel has counted those that are given.
 */
export function explainsFrom(s: Builder): (s: Builder) => When {
  const environ = inheritedEnviron(s);
  return (s) => isExplained(s, environ);
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
