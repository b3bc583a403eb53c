/** Callers of whom all is known when the plan is made. */
import { PATH_MAX } from "../../ffi/abi/limits.ts";
import { type Bytes, concat, display, encode } from "../../ffi/bytes.ts";
import type { Caller } from "../caller.ts";
import { type IdRange, mapText } from "../id_map.ts";
import { type RequestedMap, requestedMaps } from "../maps.ts";
import { slot, vector } from "../plan.ts";
import type { Span } from "../../engine/text.ts";
import type { LaunchSpec } from "../spec.ts";
import { inheritedEnvironment, valueOf } from "./environment.ts";
import { type Origin, type OriginMap, SHELL } from "./origin.ts";

/** The variables that a filtered environment keeps; undefined if it is not filtered. */
function keptVariables(spec: LaunchSpec, caller: Caller): Uint8Array[] | undefined {
  if (!spec.clearEnv && !spec.whitelistEnv) return undefined;
  return (spec.whitelistEnv ?? []).flatMap((name) => {
    const found = caller.environ?.find((variable) => valueOf(variable, name) !== undefined);
    return found === undefined ? [] : [encode(found)];
  });
}

function textOf(ranges: readonly IdRange[]): () => Span {
  const start = mapText(ranges);
  return () => ({ start, length: start.length });
}

function singleMap(kind: "uid" | "gid", single: IdRange): OriginMap {
  const note = `${kind} ${single.inner} inside is ${kind} ${single.outer} outside`;
  return { single: { text: textOf([single]), note } };
}

/** newuidmap PID inner outer count … */
function rangeMap(kind: "uid" | "gid", ranges: readonly IdRange[]): OriginMap {
  const tool = `new${kind}map`;
  const ids = ranges.flatMap(({ inner, outer, count }) => [inner, outer, count].map(String));
  return {
    ranges: {
      text: textOf(ranges),
      argv(s, pid) {
        const argv = vector([tool, slot("main pid"), ...ids], `${tool} arguments`);
        s.store(argv, pid, { offset: 8 });
        return argv;
      },
      known: ranges,
    },
  };
}

function mapOf(kind: "uid" | "gid", { single, ranges }: RequestedMap): OriginMap {
  if (single) return singleMap(kind, single);
  return ranges ? rangeMap(kind, ranges) : {};
}

/** The program and its arguments; without one, the shell's path and how a login shell is called. */
function programOf(
  { program, argv }: LaunchSpec,
  { shell = "/bin/sh" }: Caller,
): [Uint8Array, Bytes[]] {
  if (program !== undefined) return [encode(program), [...argv]];
  const path = encode(shell);
  return [path, [concat("-", path.subarray(path.lastIndexOf(0x2f) + 1)), ...argv]];
}

/** What a plan needs of this caller. */
export function known(spec: LaunchSpec, caller: Caller): Origin {
  const requested = requestedMaps(spec, caller);
  const kept = keptVariables(spec, caller);
  const [path, words] = programOf(spec, caller);
  const argv = words.map(encode);
  // What another process's SHELL holds may be of any length.
  const isLong = spec.program === undefined && path.length >= PATH_MAX;
  return {
    caller,
    isKnown: true,
    program: isLong ? SHELL : display(path),
    said: isLong ? SHELL : { path },
    problems: requested.problems,
    users: mapOf("uid", requested.users),
    groups: mapOf("gid", requested.groups),
    euid: () => caller.euid,
    ...(kept ? { kept } : {}),
    begin() {},
    environment: inheritedEnvironment,
    path: () => path,
    argv: () => vector(argv, "arguments"),
    scriptArgv(s) {
      const script = vector(["/bin/sh", slot("path"), ...argv.slice(1)], "script arguments");
      s.put(script, 8, slot("path"));
      return script;
    },
  };
}
