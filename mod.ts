/**
 * Linux namespaces: create them, run programs in them, know which is which.
 *
 * {@linkcode Command} is what `Deno.Command` is, in namespaces:
 *
 * @example A shell that is PID 1, on a host of its own, for any user
 * ```ts
 * import { Command } from "@nido/nido";
 *
 * const { code } = await new Command("sh", {
 *   args: ["-c", 'test "$$" = 1 && test "$(hostname)" = nest'],
 *   namespaces: ["user", "pid", "mnt", "uts"],
 *   mapRootUser: true,
 *   mountProc: true,
 *   hostname: "nest",
 * }).output();
 * if (code !== 0) throw new Error(`Cannot be: exit status ${code}`);
 * ```
 *
 * A **launch** is data. A **spec** says what is asked for: namespaces, a program, how the program
 * finds itself in them. {@linkcode compile} makes a **plan** of it: an ordered list of **steps**,
 * each a system call with its **operands** (a number, a string, the result of an earlier step), a
 * note in plain words, and what to do if it fails. Making a plan is pure: it needs no permission
 * and looks at nothing but its arguments. A plan can be read, by {@linkcode planText}; run, by
 * {@linkcode clone} and {@linkcode Command}; and kept, by {@linkcode imageOf}: an **image** is a static ELF executable of
 * a few KiB. Both of the latter are run by the **interpreter**, a few hundred bytes of machine
 * code that does nothing but take steps, so that neither JavaScript nor a C library runs where
 * there must be none.
 *
 * @example A shell command that is PID 1 in a PID namespace of its own, for any user
 * ```ts
 * import { callerFor, clone, compile, type LaunchSpec, planText } from "@nido/nido";
 *
 * const spec: LaunchSpec = {
 *   name: "example",
 *   program: "sh",
 *   argv: ["sh", "-c", 'test "$$" = 1 && test "$(id -u)" = 0'],
 *   namespaces: ["user", "pid", "mnt"],
 *   mapUser: 0,
 *   mapGroup: 0,
 *   fork: true,
 *   mountProc: "/proc",
 * };
 * const plan = compile(spec, callerFor(spec));
 * console.log(planText(plan)); // every system call, and what it is for
 *
 * await using child = clone(plan);
 * const { code } = await child.status;
 * if (code !== 0) throw new Error(`Cannot be: exit status ${code}`);
 * ```
 *
 * What exists already is looked at by {@linkcode listNamespaces}, {@linkcode holders},
 * {@linkcode processTree}, {@linkcode namespacesOf}, {@linkcode pidsOf}, {@linkcode translatePid}
 * and {@linkcode idMaps}. Their numbers are those that the caller's /proc shows.
 *
 * Where a launch is refused, {@linkcode probe} tells what works here, and what refuses the rest.
 *
 * Beside launches there are the bare system calls, {@linkcode unshare}, {@linkcode setns},
 * {@linkcode mount} and so on, with the kernel's constants. They change the thread that calls
 * them: what that means for a process of several threads, as Deno is, each one says first.
 *
 * All of it needs `--allow-ffi`, and nothing else: `/proc` is read by system calls. Only
 * {@linkcode Command} needs `--allow-run` beside. Linux on x86-64 and aarch64, Deno 2.4 or newer.
 *
 * When not to use this: to keep out an attacker without knowing what namespaces do not separate.
 * nido builds what it is told to; the policy is the caller's.
 *
 * @module
 */

export {
  type Namespace,
  type NamespaceFile,
  namespaceOf,
  setns,
  unshare,
} from "./ffi/primitives/namespaces.ts";
export { mount, pivotRoot, umount } from "./ffi/primitives/mounts.ts";
export {
  getdomainname,
  gethostname,
  setdomainname,
  sethostname,
} from "./ffi/primitives/hostname.ts";
export { SyscallError } from "./ffi/errors.ts";

export { Command, type FreezeOptions } from "./command/command.ts";
export type { CommandOptions } from "./command/options.ts";
export type { ChildProcess } from "./command/child.ts";
export { LaunchError } from "./command/errors.ts";

export { clone, type ClonedProcess, type CloneOptions } from "./launch/run/clone.ts";
export { probe, type Probed } from "./launch/run/probe.ts";
export type { ProbeResult, Verdict } from "./launch/probe/result.ts";
export type { ProbeGroup } from "./launch/probe/probes.ts";
export type { Surroundings } from "./launch/probe/surroundings.ts";
export { callerFor } from "./launch/run/caller.ts";
export { compile } from "./launch/compile.ts";
export { imageOf } from "./launch/image.ts";
export { planText, type PrintedStep, printedSteps } from "./launch/print.ts";
export { type Problem, SpecError } from "./launch/errors.ts";
export type { IdRangeSource, Join, LaunchSpec, Propagation } from "./launch/spec.ts";
export type { IdRange } from "./launch/id_map.ts";
export type { Limit, LimitsSpec, LimitValue, Resource } from "./launch/limits/spec.ts";
export type { Caller, CallerIds, Restore, SubidRange } from "./launch/caller.ts";
export type { Bytes } from "./ffi/bytes.ts";

export { listNamespaces } from "./inspect/namespaces.ts";
export type { ListedNamespace, ListOptions, NamespaceList } from "./inspect/namespaces.ts";
export type { NamespaceId } from "./inspect/ns_link.ts";
export type { Relations } from "./inspect/relations.ts";
export type { ScannedProcess } from "./inspect/scan.ts";
export { type Holders, holders } from "./inspect/holders.ts";
export type { Holder } from "./inspect/holder.ts";
export type { Hidepid } from "./inspect/own_proc.ts";
export { idMaps, namespacesOf, pidsOf } from "./inspect/process.ts";
export type { NamespaceInodes, NsLinkName } from "./inspect/process.ts";
export type { IdMapLine, IdMaps } from "./inspect/id_map.ts";
export { type ProcessNode, processTree } from "./inspect/process_tree.ts";
export { translatePid, type Translation } from "./inspect/translate.ts";

export type {
  AnyPlan,
  Call,
  CapabilityLook,
  CommandPlan,
  Compute,
  Failure,
  FileLook,
  FilterLook,
  Hint,
  Label,
  Look,
  Mark,
  OnError,
  Operand,
  Plan,
  Slot,
  Step,
  StepsLook,
  Test,
} from "./launch/plan.ts";

export type { Arch, Operation } from "./ffi/machine/machine.ts";
export type { Syscall } from "./ffi/abi/syscall.ts";
export { type Signal, SIGNALS } from "./ffi/abi/signal.ts";
export { NAMESPACE_FLAGS, NAMESPACE_TYPES, type NamespaceType } from "./ffi/abi/namespaces.ts";
export {
  CLONE_FILES,
  CLONE_FS,
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  CLONE_SYSVSEM,
} from "./ffi/abi/sched.ts";
export {
  MNT_DETACH,
  MNT_EXPIRE,
  MNT_FORCE,
  MS_BIND,
  MS_DIRSYNC,
  MS_LAZYTIME,
  MS_MANDLOCK,
  MS_MOVE,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_PRIVATE,
  MS_RDONLY,
  MS_REC,
  MS_RELATIME,
  MS_REMOUNT,
  MS_SHARED,
  MS_SILENT,
  MS_SLAVE,
  MS_STRICTATIME,
  MS_SYNCHRONOUS,
  MS_UNBINDABLE,
  UMOUNT_NOFOLLOW,
} from "./ffi/abi/mount.ts";
