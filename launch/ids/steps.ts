/** Writing uid_map and gid_map. @see user_namespaces(7) */
import { ENOENT } from "../../ffi/abi/errno.ts";
import { AT_FDCWD, O_CLOEXEC, O_WRONLY } from "../../ffi/abi/fcntl.ts";
import { SIGNALS, SIGSET_BYTES } from "../../ffi/abi/signal.ts";
import { any, not, type When } from "../../engine/condition.ts";
import { textAround } from "../../engine/text.ts";
import { constant, type Value, type Variable } from "../../engine/value.ts";
import type { IdKind, IdMap, OwnPair } from "./id_map.ts";
import { mapArguments, mapText, singleText } from "./map_text.ts";
import { mapHints, mapToolHints, rangeHints, type RangeWords } from "./hints.ts";
import type { Text } from "../parameter.ts";
import { forkHints } from "../program/hints.ts";
import { type Hint, type Message, words } from "../../engine/failure.ts";
import { number } from "../../engine/operand.ts";
import { type Context, EXIT_NOT_FOUND, failed } from "../context.ts";
import { ownEnvironment } from "../program/environment.ts";
import { checkFileSystem } from "../proc/file_system.ts";
import { readOwnPid } from "../proc/own_pid.ts";
import {
  awaitGate,
  awaitSuccess,
  type Gate,
  makeGate,
  openGate,
  startHelper,
} from "../wait/process.ts";
import { inProc } from "../proc/files.ts";
import { lookAtRanges } from "./range_looks.ts";
import { eachPath } from "../program/search.ts";
import { SIG_DFL } from "../structs.ts";

/** Writes a whole text into a file of the kernel. */
export function writeFile(
  context: Context,
  [folder, path]: readonly [Value, Value],
  content: Value,
  { length, note, shown, type, hints = [], mayBeAbsent = false }: {
    length: Value;
    note: string;
    shown: Message;
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
      fails: mayBeAbsent ? leave : failed(words`cannot open ${shown}`, hints),
    });
    if (type !== undefined) {
      checkFileSystem(context, file, type, words`${shown} is not what was mounted there`);
    }
    s.call("write", [file, content, length], note, {
      fails: failed(words`write failed ${shown}`, hints),
    });
    s.call("close", [file], "the file is done", { fails: "ignored" });
  });
}

/** Writes /proc/self/setgroups. */
function writeSetgroups(context: Context, value: Text, note: string): void {
  const { s, request } = context;
  writeFile(context, inProc(context, "setgroups"), request.value(value), {
    length: request.length(s, value),
    note,
    shown: "/proc/self/setgroups",
    // Kernels before 3.19 have no such file.
    mayBeAbsent: true,
  });
}

/** Maps of one id, which the process inside may write itself. */
export function writeSingleMaps(context: Context): void {
  const { s, spec, ids: { uid, gid }, request } = context;
  if (uid?.own) s.if(uid.isSingle, () => writeOwnId(context, "uid", uid.own!));
  if (gid?.own) {
    s.if(gid.isSingle, () => {
      const note = "without privilege a gid map is allowed only where setgroups is not";
      writeSetgroups(context, "deny", note);
      writeOwnId(context, "gid", gid.own!);
    });
  }
  request.ifGiven(s, spec.setgroups, (setgroups) => {
    writeSetgroups(context, setgroups, `setgroups is ${request.shown(setgroups)} from here on`);
  });
}

function noteOf(kind: IdKind, { inner, outer }: OwnPair): string {
  if (inner === outer) return `the caller's ${kind} is the same inside and outside`;
  const shown = typeof inner === "number" ? `${kind} ${inner}` : `the named ${kind}`;
  return `${shown} inside is the caller's ${kind} outside`;
}

export function writeOwnId(context: Context, kind: IdKind, own: OwnPair): void {
  const { start, length } = singleText(context.s, own);
  writeFile(context, inProc(context, `${kind}_map`), start, {
    length,
    note: noteOf(kind, own),
    shown: `/proc/self/${kind}_map`,
    hints: mapHints(kind, context.spec),
  });
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
  const { s, ids } = context;
  const maps = [ids.uid, ids.gid].filter((one) => one !== undefined)
    .filter(({ isRanged }) => isRanged !== false)
    .map(({ map, isRanged }): Ranged => ({ map, isRanged, said: lookAtRanges(context, map) }));
  if (maps.length === 0) return undefined;
  const isAny = any(...maps.map(({ isRanged }) => isRanged));
  const gate = makeGate(s, "map", isAny);
  const [mapped, mapper] = [s.variableIf(isAny, "main pid"), s.variableIf(isAny, "mapper")];
  s.if(isAny, () => {
    readOwnPid(s, mapped, "whose maps are written");
    const note = "a process that stays outside, to write the maps from there";
    startHelper(s, "mapper", note, () => mapperSteps(context, maps, mapped, gate), mapper);
  });
  return {
    release() {
      s.if(isAny, () => {
        openGate(s, gate, "the user namespace exists: map its ids");
        awaitSuccess(s, mapper, "the maps are written");
      });
    },
  };
}

/** A map of ranges, and what is said if they are not the caller's. */
interface Ranged {
  readonly map: IdMap;
  readonly isRanged: When;
  readonly said: RangeWords;
}

function mapperSteps(
  context: Context,
  maps: readonly Ranged[],
  mapped: Variable,
  gate: Gate,
): void {
  const { s, ids: { euid } } = context;
  awaitGate(s, gate, "wait until the user namespace exists");
  const each = (write: (one: Ranged) => void): void => {
    for (const one of maps) s.if(one.isRanged, () => write(one));
    s.exit(0, "exit: the maps are written");
  };
  s.if(euid.isNot(0), () => {
    // The tools' ends send SIGCHLD, as those of all programs that are executed.
    const args = [SIGNALS.SIGCHLD, SIG_DFL, 0, SIGSET_BYTES];
    s.call("rt_sigaction", args, "so that there is a child's status to wait for", {
      fails: "ignored",
    });
    each((one) => runMapTool(context, one, mapped));
  }, { when: "unless root starts this" });
  s.block(() => each(({ map }) => writeRanges(context, map, mapped)), {
    when: "if root starts this",
  });
}

function writeRanges(context: Context, map: IdMap, mapped: Variable): void {
  const { s } = context;
  const { kind } = map;
  const { start, length } = mapText(s, map);
  const path = textAround(s, "/proc/", mapped, `/${kind}_map`);
  writeFile(context, [number(AT_FDCWD), path], start, {
    length,
    note: `map ranges of ${kind}s`,
    shown: `/proc/PID/${kind}_map`,
    hints: rangeHints(kind),
  });
}

/** Runs newuidmap PID inner outer count … */
function runMapTool(context: Context, { map, said }: Ranged, mapped: Variable): void {
  const { s } = context;
  const { kind } = map;
  const tool = `new${kind}map`;
  const hints = mapToolHints(kind, said);
  const failure = {
    message: ["failed to execute ", { path: tool }],
    status: EXIT_NOT_FOUND,
    syscall: "execve",
    hints,
  } as const;
  const argv = mapArguments(s, map, textAround(s, "", mapped, ""));
  const pid = s.startProcess({
    name: tool,
    note: `a process for ${tool}`,
    fails: failed("fork failed", forkHints()),
  }, () => {
    const environment = ownEnvironment(context);
    // One that is there and may not be executed is what is said, not that the last folder has none.
    const refusal = s.variable("refusal", -ENOENT);
    eachPath(
      s,
      { span: tool, shown: tool },
      environment,
      (path) =>
        s.call(
          "execve",
          [path, argv, environment.environ],
          `map ranges of ${kind}s, as ${tool} may`,
          {
            fails: (error) => s.if(not(error.is("ENOENT")), () => refusal.set(error.result)),
          },
        ),
    );
    s.fail(failure, constant(0).minus(refusal));
  });
  awaitSuccess(s, pid, `${tool} is done`, failed(`${tool} failed`, hints));
}
