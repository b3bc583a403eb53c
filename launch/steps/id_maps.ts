/** Writing uid_map and gid_map. @see user_namespaces(7) */
import { ENOENT } from "../../ffi/abi/errno.ts";
import { AT_FDCWD, O_CLOEXEC, O_WRONLY } from "../../ffi/abi/fcntl.ts";
import { SIGNALS, SIGSET_BYTES } from "../../ffi/abi/signal.ts";
import { display } from "../../ffi/bytes.ts";
import { mapHints, rangeHints } from "../hints.ts";
import { type IdRange, mapText } from "../id_map.ts";
import type { RequestedMap, RequestedMaps } from "../maps.ts";
import { ERROR, FAILURE, type Hint, type Operand, type Short, slot, vector } from "../plan.ts";
import { type Context, EXIT_NOT_FOUND, failed } from "./context.ts";
import {
  awaitGate,
  awaitSuccess,
  fork,
  forkQuietly,
  type Gate,
  makeGate,
  openGate,
} from "./process.ts";
import { textAround } from "../text_around.ts";
import { environment } from "./environment.ts";
import { candidates } from "./program.ts";
import { SIG_DFL } from "./structs.ts";

/** Writes a whole text into a file of /proc. */
export function writeFile(
  { s }: Context,
  path: string | Operand,
  content: Short,
  { length, note, shown, hints = [], orElse }: {
    length: number;
    note: string;
    shown: string;
    hints?: readonly Hint[];
    orElse?: string;
  },
): void {
  s.call("openat", [AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0], note, {
    result: "file",
    failure: failed(`cannot open ${shown}`, hints),
    ...(orElse === undefined ? {} : { orElse }),
  });
  s.call("write", [slot("file"), content, length], note, {
    failure: failed(`write failed ${shown}`, hints),
  });
  s.call("close", [slot("file")], "the file is done");
}

/** Writes /proc/self/setgroups. */
export function writeSetgroups(context: Context, value: "allow" | "deny", note: string): void {
  const absent = context.s.unique("no setgroups");
  // Kernels before 3.19 have no such file.
  writeFile(context, "/proc/self/setgroups", value, {
    length: value.length,
    note,
    shown: "/proc/self/setgroups",
    orElse: absent,
  });
  context.s.label(absent);
}

/** Maps of one id, which the process inside may write itself. */
export function writeSingleMaps(context: Context, maps: RequestedMaps): void {
  const write = (kind: "uid" | "gid", single: IdRange): void => {
    const line = mapText([single]);
    writeFile(context, `/proc/self/${kind}_map`, line, {
      length: line.length,
      note: `${kind} ${single.inner} inside is ${kind} ${single.outer} outside`,
      shown: `/proc/self/${kind}_map`,
      hints: mapHints(kind, context.caller),
    });
  };
  if (maps.users.single) write("uid", maps.users.single);
  if (maps.groups.single) {
    writeSetgroups(
      context,
      "deny",
      "without privilege a gid map is allowed only where setgroups is not",
    );
    write("gid", maps.groups.single);
  }
  if (context.spec.setgroups) {
    writeSetgroups(
      context,
      context.spec.setgroups,
      `setgroups is ${context.spec.setgroups} from here on`,
    );
  }
}

/** The process that maps ranges from outside, and how to let it go on. */
export interface RangeMapper {
  release(): void;
}

/**
 * Starts a child that stays outside and maps ranges when told to: root by writing them, others by
 * newuidmap(1) and newgidmap(1).
 */
export function startRangeMapper(context: Context, maps: RequestedMaps): RangeMapper | undefined {
  if (!maps.users.ranges && !maps.groups.ranges) return undefined;
  const { s } = context;
  const [child, parent] = [s.unique("mapper"), s.unique("main")];
  const gate = makeGate(s, "map");
  s.call("getpid", [], "whose maps are written", { result: "main pid" });
  forkQuietly(s, "mapper", child, "a process that stays outside, to write the maps from there");
  s.jump(parent);
  mapperSteps(context, maps, { label: child, gate });
  s.process = "main";
  s.label(parent);
  return {
    release() {
      openGate(s, gate, "the user namespace exists: map its ids");
      awaitSuccess(s, "mapper", "the maps are written");
    },
  };
}

function mapperSteps(
  context: Context,
  { users, groups }: RequestedMaps,
  { label, gate }: { label: string; gate: Gate },
): void {
  const { s, caller } = context;
  s.process = "mapper";
  s.label(label);
  awaitGate(s, gate, "wait until the user namespace exists");
  if (caller.euid !== 0) {
    // The tools' ends send SIGCHLD, as those of all programs that are executed.
    s.call(
      "rt_sigaction",
      [SIGNALS.SIGCHLD, SIG_DFL, 0, SIGSET_BYTES],
      "so that there is a child's status to wait for",
    );
  }
  const kinds = ([["uid", users], ["gid", groups]] as const).filter(([, map]) => map.ranges);
  for (const [kind, map] of kinds) {
    if (caller.euid === 0) writeRanges(context, kind, map);
    else runMapTool(context, kind, map);
  }
  s.call("exit_group", [0], "exit: the maps are written");
}

function writeRanges(context: Context, kind: "uid" | "gid", { ranges }: RequestedMap): void {
  const text = mapText(ranges!);
  const path = textAround(context.s, "/proc/", "main pid", `/${kind}_map`);
  writeFile(context, path, text, {
    length: text.length,
    note: `map ranges of ${kind}s`,
    shown: `/proc/PID/${kind}_map`,
    hints: rangeHints(kind, context.caller, ranges!),
  });
}

/** Runs newuidmap PID inner outer count … */
function runMapTool(context: Context, kind: "uid" | "gid", { ranges }: RequestedMap): void {
  const { s, caller } = context;
  const tool = `new${kind}map`;
  const parent = s.unique("mapper");
  const hints = rangeHints(kind, caller, ranges!);
  const failure = { ...failed(`failed to execute ${tool}`, hints), status: EXIT_NOT_FOUND };
  const pid = textAround(s, "", "main pid", "");
  const ids = ranges!.flatMap(({ inner, outer, count }) => [inner, outer, count].map(String));
  const argv = vector([tool, slot("main pid"), ...ids], `${tool} arguments`);
  s.put(argv, 8, pid);
  const child = s.unique(tool);
  fork(s, tool, child, `a process for ${tool}`);
  s.jump(parent);
  s.process = tool;
  s.label(child);
  environment(context);
  s.compute("refusal", "set", 0);
  for (const path of candidates(tool, caller.path)) {
    const [tried, next] = [s.unique("tried"), s.unique("next")];
    s.call(
      "execve",
      [path, argv, slot("environ")],
      `map ranges of ${kind}s, as ${display(path)} may`,
      {
        orElse: tried,
        failure,
        when: "the first that exists",
      },
    );
    s.label(tried);
    s.test("ifEqual", [slot(ERROR), -ENOENT], next);
    s.compute("refusal", "set", slot(ERROR));
    s.compute("refused", "set", slot(FAILURE));
    s.label(next);
  }
  s.test("ifEqual", [slot("refusal"), 0], "fail");
  // One is there that may not be executed: that is what is said, not that the last folder has none.
  s.compute(ERROR, "set", slot("refusal"));
  s.compute(FAILURE, "set", slot("refused"));
  s.jump("fail");
  s.process = "mapper";
  s.label(parent);
  awaitSuccess(s, tool, `${tool} is done`, failed(`${tool} failed`, hints));
}
