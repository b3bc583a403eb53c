/** The target's control group and security context. @see cgroups(7), selinux(8) */
import { CGROUP2_SUPER_MAGIC } from "../../ffi/abi/cgroup.ts";
import { AT_FDCWD, O_CLOEXEC, O_RDONLY, O_WRONLY } from "../../ffi/abi/fcntl.ts";
import { PATH_MAX } from "../../ffi/abi/limits.ts";
import { STATFS } from "../../ffi/abi/stat.ts";
import { cgroupHints, targetFileHints } from "../hints/join.ts";
import { address, slot } from "../plan.ts";
import { type Context, failed } from "./context.ts";
import { inodeOf } from "./inode.ts";
import { readAll } from "./read.ts";
import { refuse } from "./say.ts";

const CGROUP = "/sys/fs/cgroup";
const PROCS = "/cgroup.procs";

const NEWLINE = "\n".charCodeAt(0);

/** What stands in front of the path of the second version in /proc/PID/cgroup. */
const BEFORE_PATH = "\n0::";

/** All of /proc/PID/cgroup: a line for each hierarchy, none longer than PATH_MAX. */
const LINES_BYTES = 65536;

const CONTEXT_BYTES = 4096;

/** Opens the target's control group: where nothing is joined yet its path is what it seems. */
export function openCgroup(context: Context, target: number): void {
  const { s } = context;
  const [second, search, found, fits] = ["second", "search", "found", "fits"]
    .map((name) => s.unique(name));
  const statfs = s.buffer("statfs", STATFS.bytes);
  s.call("statfs", [CGROUP, statfs], "which version of control groups is it?", {
    failure: failed(`statfs ${CGROUP} failed`),
  });
  s.compute("type", "load", statfs, STATFS.type);
  s.test("ifEqual", [slot("type"), CGROUP2_SUPER_MAGIC], second!);
  refuse(context, "--join-cgroup is only supported in cgroup v2");
  s.label(second!);

  // The first line too has a newline in front, and the last one behind it, which is put as 8 bytes.
  s.buffer("cgroup", 1 + LINES_BYTES + 8);
  s.put(address("cgroup"), 0, NEWLINE);
  readTargetFile(context, target, "cgroup", address("cgroup", 1), LINES_BYTES);
  s.compute("line", "set", address("cgroup"));
  s.compute("last", "add", slot("line"), slot("length"));
  s.put(slot("last"), 1, NEWLINE);
  s.label(search!);
  s.test("ifSame", [slot("line"), BEFORE_PATH, BEFORE_PATH.length], found!);
  s.compute("line", "add", slot("line"), 1);
  s.test("ifBelow", [slot("line"), slot("last")], search!);
  refuse(context, `process ${target} is in no control group that can be seen here`);

  s.label(found!);
  s.compute("path", "add", slot("line"), BEFORE_PATH.length);
  s.compute("path end", "seek", slot("path"), NEWLINE, NEWLINE);
  s.compute("length", "sub", slot("path end"), slot("path"));
  s.test("ifBelow", [slot("length"), PATH_MAX - CGROUP.length - PROCS.length], fits!);
  refuse(context, `the path of process ${target}'s control group is too long`);
  s.label(fits!);
  const procs = s.buffer("cgroup.procs", PATH_MAX);
  s.compute("end", "copy", procs, CGROUP, CGROUP.length);
  s.compute("end", "copy", slot("end"), slot("path"), slot("length"));
  s.compute("end", "copy", slot("end"), PROCS, PROCS.length + 1);
  s.compute("procs", "set", procs);
  s.call(
    "openat",
    [AT_FDCWD, slot("procs", `"${CGROUP}<group>${PROCS}"`), O_WRONLY | O_CLOEXEC, 0],
    "its processes",
    {
      result: "group",
      failure: failed("failed to open cgroup.procs", cgroupHints(context.caller)),
    },
  );
}

/** Moves into the control group. */
export function joinCgroup({ s, caller }: Context): void {
  s.call("write", [slot("group"), "0", 1], "0 is whoever writes it", {
    failure: failed("write cgroup.procs failed", cgroupHints(caller)),
  });
  s.call("close", [slot("group")], "the file is done");
}

/** Runs in the target's SELinux context, if there is SELinux. */
export function followContext(context: Context, target: number | undefined): void {
  const { s } = context;
  const without = s.unique("no SELinux");
  inodeOf(s, "/sys/fs/selinux/enforce", "inode", "is SELinux at work?", { orElse: without });
  const when = "if it is";
  if (target === undefined) {
    refuse(context, "no target PID specified for --follow-context");
  } else {
    s.buffer("context", CONTEXT_BYTES);
    readTargetFile(context, target, "attr/current", address("context"), CONTEXT_BYTES, when);
    const exec = "/proc/self/attr/exec";
    s.call("openat", [AT_FDCWD, exec, O_WRONLY | O_CLOEXEC, 0], "the program's context", {
      result: "file",
      failure: failed(`cannot open ${exec}`),
      when,
    });
    s.call("write", [slot("file"), address("context"), slot("length")], "it is the target's", {
      failure: failed("failed to set exec context"),
      when,
    });
    s.call("close", [slot("file")], "the file is done", { when });
  }
  s.label(without);
}

/** Reads a file of the target's in /proc into a buffer, and its length into slot `length`. */
export function readTargetFile(
  { s, caller }: Context,
  target: number,
  name: string,
  into: ReturnType<typeof address>,
  room: number,
  when?: string,
): void {
  const path = `/proc/${target}/${name}`;
  const failure = failed(`cannot read ${path}`, targetFileHints(target, caller));
  const options = when === undefined ? {} : { when };
  s.call("openat", [AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0], `read the target's ${name}`, {
    ...options,
    result: "file",
    failure: { ...failure, message: `cannot open ${path}` },
  });
  readAll(s, { fd: "file", into, room, what: `read the target's ${name}`, failure, ...options });
}
