/** Specs: what is asked of a launch, in the words of unshare(1). Each concern has its part. */
import type { Bytes } from "../ffi/bytes.ts";
import type { CapabilitiesSpec } from "./capabilities/spec.ts";
import type { CredentialsSpec } from "./credentials/spec.ts";
import type { IdsSpec } from "./ids/spec.ts";
import type { InitSpec } from "./init/spec.ts";
import type { LabelsSpec } from "./labels/spec.ts";
import type { LimitsSpec } from "./limits/spec.ts";
import type { MountsSpec } from "./mounts/spec.ts";
import type { NamespacesSpec, SettledSpec } from "./namespaces/spec.ts";
import type { NetworkSpec } from "./network/spec.ts";
import type { NewRootSpec } from "./root/spec.ts";
import type { ProgramSpec } from "./program/spec.ts";
import type { ScopeSpec } from "./scope/spec.ts";
import type { SeccompSpec } from "./seccomp/spec.ts";
import type { StatusSpec } from "./status/spec.ts";
import type { SyncSpec } from "./sync/spec.ts";
import type { WaitSpec } from "./wait/spec.ts";
import type { Join } from "./join/spec.ts";
import type { Parameter } from "./parameter.ts";

/**
 * A launch: the namespaces to create or to join, and how the program finds itself in them.
 *
 * Ids and paths are those of the inside once a namespace has changed what they mean, except for
 * `persist`, `owner`, `join`, and the outer ids of maps.
 */
export interface LaunchSpec<Open = never>
  extends
    CapabilitiesSpec<Open>,
    CredentialsSpec<Open>,
    IdsSpec<Open>,
    InitSpec<Open>,
    LabelsSpec<Open>,
    LimitsSpec<Open>,
    MountsSpec<Open>,
    NamespacesSpec<Open>,
    NetworkSpec<Open>,
    NewRootSpec<Open>,
    ProgramSpec<Open>,
    ScopeSpec<Open>,
    SeccompSpec<Open>,
    SettledSpec<Open>,
    StatusSpec<Open>,
    SyncSpec<Open>,
    WaitSpec<Open> {
  /**
   * Begin messages with their level, `<3>`, as journals want it.
   *
   * @see sd-daemon(3)
   */
  readonly levelPrefix?: boolean | Open;
  /** Who speaks: the prefix of messages and the name in ps. At most 15 bytes. */
  readonly name: string;
  /** Working directory of the launcher, outside: relative paths begin there. Default: the caller's. */
  readonly cwd?: Bytes | Open;
  /** Namespaces to join. */
  readonly join?: Join<Open>;
}

/** A launch of which some values are given when it is started. */
export type OpenSpec = LaunchSpec<Parameter>;
