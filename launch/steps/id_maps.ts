/** Writing uid_map and gid_map. @see user_namespaces(7) */
import { ENOENT } from "../../ffi/abi/errno.ts";
import { AT_FDCWD, O_CLOEXEC, O_WRONLY } from "../../ffi/abi/fcntl.ts";
import { SIGNALS, SIGSET_BYTES } from "../../ffi/abi/signal.ts";
import { display } from "../../ffi/bytes.ts";
import { mapHints, mapToolHints, rangeHints, STARTED_BY_ROOT } from "../hints/id_maps.ts";
import { ERROR, FAILURE, type Hint, number, type Operand, type Short, slot } from "../plan.ts";
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
import { ownEnvironment } from "./environment.ts";
import type { OriginMap } from "./origin.ts";
import { checkFileSystem } from "./file_system.ts";
import { readOwnPid } from "./own_pid.ts";
import { inProc } from "./proc_files.ts";
import { eachPath } from "./search.ts";
import { SIG_DFL } from "./structs.ts";

/** Writes a whole text into a file of the kernel. */
export function writeFile(
  context: Context,
  [folder, path]: readonly [Operand, string | Operand],
  content: Short,
  { length, note, shown, type, hints = [], orElse }: {
    length: Short;
    note: string;
    shown: string;
    /** The file system that it must be on, as statfs(2) gives it. */
    type?: number;
    hints?: readonly Hint[];
    orElse?: string;
  },
): void {
  const { s } = context;
  s.call("openat", [folder, path, O_WRONLY | O_CLOEXEC, 0], note, {
    result: "file",
    failure: failed(`cannot open ${shown}`, hints),
    ...(orElse === undefined ? {} : { orElse }),
  });
  if (type !== undefined) {
    checkFileSystem(context, slot("file"), type, `${shown} is not what was mounted there`);
  }
  s.call("write", [slot("file"), content, length], note, {
    failure: failed(`write failed ${shown}`, hints),
  });
  s.call("close", [slot("file")], "the file is done");
}

/** Writes /proc/self/setgroups. */
export function writeSetgroups(context: Context, value: "allow" | "deny", note: string): void {
  const absent = context.s.unique("no setgroups");
  // Kernels before 3.19 have no such file.
  writeFile(context, inProc(context, "setgroups"), value, {
    length: value.length,
    note,
    shown: "/proc/self/setgroups",
    orElse: absent,
  });
  context.s.label(absent);
}

/** Maps of one id, which the process inside may write itself. */
export function writeSingleMaps(context: Context): void {
  const { s, origin, caller } = context;
  const { users, groups, euid } = origin;
  if (users.single && caller.euid === undefined) {
    s.look(STARTED_BY_ROOT.name, (seen, notSeen) => {
      s.test("ifEqual", [euid, 0], seen);
      s.jump(notSeen);
    });
  }
  const write = (kind: "uid" | "gid", single: NonNullable<OriginMap["single"]>): void => {
    writeFile(context, inProc(context, `${kind}_map`), single.content, {
      length: single.length,
      note: single.note,
      shown: `/proc/self/${kind}_map`,
      hints: mapHints(kind, caller, context.spec),
    });
  };
  if (users.single) write("uid", users.single);
  if (groups.single) {
    writeSetgroups(
      context,
      "deny",
      "without privilege a gid map is allowed only where setgroups is not",
    );
    write("gid", groups.single);
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
export function startRangeMapper(context: Context): RangeMapper | undefined {
  const { s, origin } = context;
  if (!origin.users.ranges && !origin.groups.ranges) return undefined;
  const [child, parent] = [s.unique("mapper"), s.unique("main")];
  const gate = makeGate(s, "map");
  readOwnPid(s, "main pid", "whose maps are written");
  forkQuietly(s, "mapper", child, "a process that stays outside, to write the maps from there");
  s.jump(parent);
  mapperSteps(context, child, gate);
  s.process = "main";
  s.label(parent);
  return {
    release() {
      openGate(s, gate, "the user namespace exists: map its ids");
      awaitSuccess(s, "mapper", "the maps are written");
    },
  };
}

type Ranges = NonNullable<OriginMap["ranges"]>;

function mapperSteps(context: Context, label: string, gate: Gate): void {
  const { s, origin } = context;
  const { euid } = origin;
  s.process = "mapper";
  s.label(label);
  awaitGate(s, gate, "wait until the user namespace exists");
  const each = (map: (kind: "uid" | "gid", ranges: Ranges) => void): void => {
    if (origin.users.ranges) map("uid", origin.users.ranges);
    if (origin.groups.ranges) map("gid", origin.groups.ranges);
    s.call("exit_group", [0], "exit: the maps are written");
  };
  const asRoot = (): void => each((kind, ranges) => writeRanges(context, kind, ranges));
  const asUser = (process: string): void => {
    s.process = process;
    // The tools' ends send SIGCHLD, as those of all programs that are executed.
    s.call(
      "rt_sigaction",
      [SIGNALS.SIGCHLD, SIG_DFL, 0, SIGSET_BYTES],
      "so that there is a child's status to wait for",
    );
    each((kind, ranges) => runMapTool(context, kind, ranges, process));
  };
  if (euid.kind === "number") return euid.value === 0n ? asRoot() : asUser("mapper");
  const root = s.unique("root");
  s.test("ifEqual", [euid, 0], root);
  asUser("mapper, unless root starts this");
  s.process = "mapper, if root starts this";
  s.label(root);
  asRoot();
}

function writeRanges(
  context: Context,
  kind: "uid" | "gid",
  { content, length, known }: Ranges,
): void {
  const path = textAround(context.s, "/proc/", "main pid", `/${kind}_map`);
  writeFile(context, [number(AT_FDCWD), path], content, {
    length,
    note: `map ranges of ${kind}s`,
    shown: `/proc/PID/${kind}_map`,
    hints: rangeHints(kind, known),
  });
}

/** Runs newuidmap PID inner outer count … */
function runMapTool(
  context: Context,
  kind: "uid" | "gid",
  { argv, known }: Ranges,
  process: string,
): void {
  const { s, caller } = context;
  const tool = `new${kind}map`;
  const parent = s.unique("mapper");
  const hints = mapToolHints(kind, caller, known);
  const failure = { ...failed(`failed to execute ${tool}`, hints), status: EXIT_NOT_FOUND };
  const pid = textAround(s, "", "main pid", "");
  s.put(argv, 8, pid);
  const child = s.unique(tool);
  fork(s, tool, child, `a process for ${tool}`);
  s.jump(parent);
  s.process = tool;
  s.label(child);
  const environment = ownEnvironment(context);
  s.compute("refusal", "set", 0);
  eachPath(s, tool, environment, (path, options) => {
    const [tried, next] = [s.unique("tried"), s.unique("next")];
    const shown = path instanceof Uint8Array ? display(path) : tool;
    s.call("execve", [path, argv, environment.environ], `map ranges of ${kind}s, as ${shown} may`, {
      orElse: tried,
      failure,
      ...options,
    });
    s.label(tried);
    s.test("ifEqual", [slot(ERROR), -ENOENT], next);
    s.compute("refusal", "set", slot(ERROR));
    s.compute("refused", "set", slot(FAILURE));
    s.label(next);
  });
  s.test("ifEqual", [slot("refusal"), 0], "fail");
  // One is there that may not be executed: that is what is said, not that the last folder has none.
  s.compute(ERROR, "set", slot("refusal"));
  s.compute(FAILURE, "set", slot("refused"));
  s.jump("fail");
  s.process = process;
  s.label(parent);
  awaitSuccess(s, tool, `${tool} is done`, failed(`${tool} failed`, hints));
}
