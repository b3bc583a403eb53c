/**
 * Programs in namespaces, started as `Deno.Command` starts programs: a part of nido.
 *
 * It needs `--allow-ffi` and `--allow-run`.
 *
 * @module
 *
 * @example A shell that is PID 1, for any user
 * ```ts
 * import { Command } from "@nido/nido/command";
 *
 * const { code } = await new Command("sh", {
 *   args: ["-c", 'test "$$" = 1'],
 *   namespaces: ["pid"],
 *   mapRootUser: true,
 * }).output();
 * if (code !== 0) throw new Error(`Cannot be: exit status ${code}`);
 * ```
 */
import "../ffi/deno.ts";

export { Command, type FreezeOptions } from "./command.ts";
export type { CommandOptions } from "./options.ts";
export type { ChildProcess } from "./child.ts";
export { LaunchError } from "./errors.ts";
export type { Plan } from "../launch/plan.ts";
export { type Problem, SpecError } from "../launch/errors.ts";
export { SyscallError } from "../ffi/errors.ts";
export type { LaunchSpec } from "../launch/spec.ts";
export type { MountsSpec, Propagation } from "../launch/mounts/spec.ts";
export type { CredentialsSpec } from "../launch/credentials/spec.ts";
export type { IdRangeSource, IdsSpec } from "../launch/ids/spec.ts";
export type { WaitSpec } from "../launch/wait/spec.ts";
export type { Join } from "../launch/join/spec.ts";
export type { IdRange } from "../ffi/abi/id_map.ts";
export type { CapabilitiesSpec, CapabilityEdit } from "../launch/capabilities/spec.ts";
export type { NamespacesSpec, SettledSpec } from "../launch/namespaces/spec.ts";
export type { EnvironmentEdit, ProgramSpec } from "../launch/program/spec.ts";
export type { NetworkSpec } from "../launch/network/spec.ts";
export type { LabelsSpec } from "../launch/labels/spec.ts";
export type { ScopeSpec } from "../launch/scope/spec.ts";
export type { InitSpec } from "../launch/init/spec.ts";
export type { StatusSpec } from "../launch/status/spec.ts";
export type { SyncSpec } from "../launch/sync/spec.ts";
export type { Filter, SeccompSpec } from "../launch/seccomp/spec.ts";
export type {
  Bind,
  ChangeMode,
  Content,
  Destination,
  MakeDirectory,
  MakeFile,
  MakeLink,
  MountFileSystem,
  MountTmpfs,
  NewRootSpec,
  Overlay,
  RemountReadOnly,
  RootOperation,
} from "../launch/root/spec.ts";
export type { Limit, LimitsSpec, LimitValue, Resource } from "../launch/limits/spec.ts";
export type { Bytes } from "../ffi/bytes.ts";
export type { NamespaceType } from "../ffi/abi/namespaces.ts";
export { type Signal, SIGNALS } from "../ffi/abi/signal.ts";
export type { Arch } from "../ffi/machine/machine.ts";
