/** Writing uid_map and gid_map. @see user_namespaces(7) */
import { ENOENT } from "../../ffi/abi/errno.ts";
import { AT_FDCWD, O_CLOEXEC, O_WRONLY } from "../../ffi/abi/fcntl.ts";
import { SIGNALS, SIGSET_BYTES } from "../../ffi/abi/signal.ts";
import { display } from "../../ffi/bytes.ts";
import { not } from "../../engine/condition.ts";
import { textAround } from "../../engine/text.ts";
import { constant, type Value, type Variable } from "../../engine/value.ts";
import { mapHints, mapToolHints, rangeHints, STARTED_BY_ROOT } from "../hints/id_maps.ts";
import { forkHints } from "../hints/process.ts";
import { type Hint, number } from "../plan.ts";
import { type Context, EXIT_NOT_FOUND, failed } from "./context.ts";
import { ownEnvironment } from "./environment.ts";
import { checkFileSystem } from "./file_system.ts";
import type { OriginMap } from "./origin.ts";
import { readOwnPid } from "./own_pid.ts";
import { awaitGate, awaitSuccess, type Gate, makeGate, openGate, startHelper } from "./process.ts";
import { inProc } from "./proc_files.ts";
import { eachPath } from "./search.ts";
import { SIG_DFL } from "./structs.ts";

/** Writes a whole text into a file of the kernel. */
export function writeFile(
  context: Context,
  [folder, path]: readonly [Value, Value],
  content: Value,
  { length, note, shown, type, hints = [], mayBeAbsent = false }: {
    length: Value;
    note: string;
    shown: string;
    /** The file system that it must be on, as statfs(2) gives it. */
    type?: number;
    hints?: readonly Hint[];
    /** Nothing is written then. */
    mayBeAbsent?: boolean;
  },
): void {
  const { s } = context;
  s.block(({ leave }) => {
    const file = s.call("openat", [folder, path, O_WRONLY | O_CLOEXEC, 0], note, {
      result: "file",
      fails: mayBeAbsent ? leave : failed(`cannot open ${shown}`, hints),
    });
    if (type !== undefined) {
      checkFileSystem(context, file, type, `${shown} is not what was mounted there`);
    }
    s.call("write", [file, content, length], note, {
      fails: failed(`write failed ${shown}`, hints),
    });
    s.call("close", [file], "the file is done", { fails: "ignored" });
  });
}

/** Writes /proc/self/setgroups. */
export function writeSetgroups(context: Context, value: "allow" | "deny", note: string): void {
  writeFile(context, inProc(context, "setgroups"), value, {
    length: value.length,
    note,
    shown: "/proc/self/setgroups",
    // Kernels before 3.19 have no such file.
    mayBeAbsent: true,
  });
}

/** Maps of one id, which the process inside may write itself. */
export function writeSingleMaps(context: Context): void {
  const { s, origin, caller } = context;
  const { users, groups } = origin;
  if (users.single && caller.euid === undefined) {
    const euid = origin.euid() as Variable;
    s.look(STARTED_BY_ROOT.kind, () => euid.is(0));
  }
  const write = (kind: "uid" | "gid", single: NonNullable<OriginMap["single"]>): void => {
    const { start, length } = single.text(s);
    writeFile(context, inProc(context, `${kind}_map`), start, {
      length,
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
  const gate = makeGate(s, "map");
  const mapped = readOwnPid(s, "main pid", "whose maps are written");
  const note = "a process that stays outside, to write the maps from there";
  const mapper = startHelper(s, "mapper", note, () => mapperSteps(context, mapped, gate));
  return {
    release() {
      openGate(s, gate, "the user namespace exists: map its ids");
      awaitSuccess(s, mapper, "the maps are written");
    },
  };
}

type Ranges = NonNullable<OriginMap["ranges"]>;

function mapperSteps(context: Context, mapped: Variable, gate: Gate): void {
  const { s, origin: { euid, users, groups } } = context;
  awaitGate(s, gate, "wait until the user namespace exists");
  const each = (map: (kind: "uid" | "gid", ranges: Ranges) => void): void => {
    if (users.ranges) map("uid", users.ranges);
    if (groups.ranges) map("gid", groups.ranges);
    s.exit(0, "exit: the maps are written");
  };
  const user = euid();
  const isRoot = typeof user === "number" ? user === 0 : user.is(0);
  s.if(not(isRoot), () => {
    // The tools' ends send SIGCHLD, as those of all programs that are executed.
    const args = [SIGNALS.SIGCHLD, SIG_DFL, 0, SIGSET_BYTES];
    s.call("rt_sigaction", args, "so that there is a child's status to wait for", {
      fails: "ignored",
    });
    each((kind, ranges) => runMapTool(context, kind, ranges, mapped));
  }, {
    ...(typeof isRoot === "boolean" ? {} : { when: "unless root starts this" }),
    otherwise: () => each((kind, ranges) => writeRanges(context, kind, ranges, mapped)),
  });
}

function writeRanges(
  context: Context,
  kind: "uid" | "gid",
  { text, known }: Ranges,
  mapped: Variable,
): void {
  const { s } = context;
  const { start, length } = text(s);
  const path = textAround(s, "/proc/", mapped, `/${kind}_map`);
  writeFile(context, [number(AT_FDCWD), path], start, {
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
  mapped: Variable,
): void {
  const { s, caller } = context;
  const tool = `new${kind}map`;
  const hints = mapToolHints(kind, caller, known);
  const failure = {
    message: ["failed to execute ", { path: tool }],
    status: EXIT_NOT_FOUND,
    syscall: "execve",
    hints,
  } as const;
  const words = argv(s, textAround(s, "", mapped, ""));
  const pid = s.startProcess({
    name: tool,
    note: `a process for ${tool}`,
    fails: failed("fork failed", forkHints({})),
  }, () => {
    const environment = ownEnvironment(context);
    // One that is there and may not be executed is what is said, not that the last folder has none.
    const refusal = s.variable("refusal", -ENOENT);
    eachPath(s, tool, environment, (path, options) => {
      const shown = path instanceof Uint8Array ? display(path) : tool;
      const args = [path, words, environment.environ];
      s.call("execve", args, `map ranges of ${kind}s, as ${shown} may`, {
        ...options,
        fails: (error) => s.if(not(error.is("ENOENT")), () => refusal.set(error.result)),
      });
    });
    s.fail(failure, constant(0).minus(refusal));
  });
  awaitSuccess(s, pid, `${tool} is done`, failed(`${tool} failed`, hints));
}
