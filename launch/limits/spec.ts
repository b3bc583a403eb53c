/** Limits of the program's resources, as a spec has them. @see getrlimit(2) */
import { isParameter, type Parameter } from "../parameter.ts";
import * as resource from "../../ffi/abi/resource.ts";

/** A resource that can be limited, as prlimit(1) names it: that of RLIMIT_NOFILE is "nofile". */
export type Resource =
  | "as"
  | "core"
  | "cpu"
  | "data"
  | "fsize"
  | "locks"
  | "memlock"
  | "msgqueue"
  | "nice"
  | "nofile"
  | "nproc"
  | "rss"
  | "rtprio"
  | "rttime"
  | "sigpending"
  | "stack";

/** A limit in the units of getrlimit(2), bytes mostly. */
export type LimitValue = number | bigint | "unlimited";

/** A soft limit and the hard one; one value is that of both. */
export type Limit = LimitValue | {
  readonly soft: LimitValue;
  /** Default: as `soft`. */
  readonly hard?: LimitValue;
};

/** The limits that a program gets. */
export interface LimitsSpec<Open = never> {
  /** Limits of the program's resources; those that are not named stay as the caller's are. */
  readonly rlimits?: Readonly<Partial<Record<Resource, Limit>>> | Open;
}

/** The number of each resource. */
export const RESOURCES: Readonly<Record<Resource, number>> = {
  as: resource.RLIMIT_AS,
  core: resource.RLIMIT_CORE,
  cpu: resource.RLIMIT_CPU,
  data: resource.RLIMIT_DATA,
  fsize: resource.RLIMIT_FSIZE,
  locks: resource.RLIMIT_LOCKS,
  memlock: resource.RLIMIT_MEMLOCK,
  msgqueue: resource.RLIMIT_MSGQUEUE,
  nice: resource.RLIMIT_NICE,
  nofile: resource.RLIMIT_NOFILE,
  nproc: resource.RLIMIT_NPROC,
  rss: resource.RLIMIT_RSS,
  rtprio: resource.RLIMIT_RTPRIO,
  rttime: resource.RLIMIT_RTTIME,
  sigpending: resource.RLIMIT_SIGPENDING,
  stack: resource.RLIMIT_STACK,
};

/** A limit in numbers. */
export interface LimitNumbers {
  readonly soft: bigint;
  readonly hard: bigint;
}

/** The limits of a spec in numbers, by the resource. */
export function limitsOf(
  { rlimits = {} }: LimitsSpec<Parameter>,
): (readonly [Resource, LimitNumbers])[] {
  return Object.entries(isParameter(rlimits) ? {} : rlimits).map(([name, limit]) => {
    const { soft, hard = soft } = typeof limit === "object" ? limit : { soft: limit };
    return [name as Resource, { soft: numberOf(soft), hard: numberOf(hard) }] as const;
  });
}

function numberOf(value: LimitValue): bigint {
  return value === "unlimited" ? resource.RLIM_INFINITY : BigInt(value);
}
