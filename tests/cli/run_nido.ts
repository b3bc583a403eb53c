/** Runs commands of nido that look into namespaces. */
import { NIDO, type Outcome, run } from "../support/nido.ts";

/** Runs nido; `under` stands in front of it. The locale is UTF-8 unless `env` says otherwise. */
export function nido(
  words: readonly string[],
  { under = [], env = {} }: {
    readonly under?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<Outcome> {
  return run([...under, ...NIDO, ...words], { env: { LC_ALL: "C.UTF-8", ...env } });
}

/** Words that run nido on a terminal. @param columns How wide it is. */
export function onTerminal(words: readonly string[], columns = 80): Promise<Outcome> {
  const line = [...NIDO, ...words].join(" ");
  return run([
    "env",
    "-u",
    "NO_COLOR",
    "script",
    "-qec",
    `stty cols ${columns}; exec ${line}`,
    "/dev/null",
  ], {
    env: { LC_ALL: "C.UTF-8", TERM: "xterm" },
  });
}

/** Words that make nested namespaces: `unshare` in new user, mount and uts namespaces, its child PID 1 of a new PID namespace. */
export const NEST = ["unshare", "-Urpfu", "--mount-proc"];

/** What could act on a terminal, but the end of a line. */
// deno-lint-ignore no-control-regex -- that is what it is for
export const UNSAFE = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

/** A name that no terminal and no markup should get as it is. */
export const HOSTILE = "e\x1b[31m<&'\">\n\u202ex";

/** That name as it is shown. */
export const HOSTILE_SHOWN = "e\\x1b[31m<&'\">\\x0a";
