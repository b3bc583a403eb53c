/** The target's control group. @see cgroups(7) */
import { NEWLINE } from "../../engine/characters.ts";
import { words } from "../../engine/failure.ts";
import { option } from "../option.ts";
import { CGROUP2_SUPER_MAGIC } from "../../ffi/abi/cgroup.ts";
import { AT_FDCWD, O_CLOEXEC, O_WRONLY } from "../../ffi/abi/fcntl.ts";
import { PATH_MAX } from "../../ffi/abi/limits.ts";
import { STATFS } from "../../ffi/abi/stat.ts";
import { eachLine } from "../../engine/file.ts";
import { type Span, Text } from "../../engine/text.ts";
import type { Variable } from "../../engine/value.ts";
import { cgroupHints } from "./hints.ts";
import { failed } from "../context.ts";
import type { Joining } from "./joining.ts";
import { refuse } from "../say.ts";
import { readTargetFile } from "./target_files.ts";

const CGROUP = "/sys/fs/cgroup";
const PROCS = "/cgroup.procs";

/** What stands in front of the path of the second version in /proc/PID/cgroup. */
const SECOND_VERSION = "0::";

/** All of /proc/PID/cgroup: a line for each hierarchy, none longer than PATH_MAX. */
const LINES_BYTES = 65536;

/** Opens the target's control group: where nothing is joined yet its path is what it seems. */
export function openCgroup(joining: Joining): Variable {
  const { s, target } = joining;
  checkVersion(joining);
  const tooLong = words`the path of process ${target.number}'s control group is too long`;
  const path = new Text(s, "cgroup.procs", PATH_MAX, () => refuse(joining, tooLong));
  path.append(CGROUP, pathOf(joining), `${PROCS}\0`);
  const procs = s.variable("procs", path.start, `"${CGROUP}<group>${PROCS}"`);
  return s.call("openat", [AT_FDCWD, procs, O_WRONLY | O_CLOEXEC, 0], "its processes", {
    result: "group",
    fails: failed("failed to open cgroup.procs", cgroupHints()),
  });
}

function checkVersion(joining: Joining): void {
  const { s } = joining;
  const statfs = s.memory("statfs", STATFS.bytes);
  s.call("statfs", [CGROUP, statfs], "which version of control groups is it?", {
    fails: failed(`statfs ${CGROUP} failed`),
  });
  s.if(statfs.word(STATFS.type).isNot(CGROUP2_SUPER_MAGIC), () => {
    refuse(joining, words`${option("join.cgroup")} is only supported in cgroup v2`);
  });
}

/** The path of the target's control group, from the root of the hierarchy. */
function pathOf(joining: Joining): Span {
  const { s, target } = joining;
  const lines = s.memory("cgroup", LINES_BYTES + 1);
  const length = readTargetFile(joining, "cgroup", { into: lines, room: LINES_BYTES });
  const [start, end] = [s.variable("start", lines), s.variable("end", lines.plus(length))];
  s.store(end, NEWLINE, { bytes: 1 });
  const path = s.variable("path", 0);
  eachLine(s, { start, end }, (line, { leave }) => {
    s.if(line.begins(SECOND_VERSION), () => {
      path.set(line.plus(SECOND_VERSION.length));
      leave();
    });
  });
  s.if(path.is(0), () => {
    refuse(
      joining,
      words`process ${target.number} is in no control group that can be seen here`,
    );
  });
  return { start: path, length: path.seek(NEWLINE).minus(path) };
}

/** Moves into the control group. */
export function joinCgroup({ s }: Joining, group: Variable): void {
  s.call("write", [group, "0", 1], "0 is whoever writes it", {
    fails: failed("write cgroup.procs failed", cgroupHints()),
  });
  s.call("close", [group], "the file is done", { fails: "ignored" });
}
