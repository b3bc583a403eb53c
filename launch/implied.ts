/** What options imply. */
import type { NamespaceType } from "../ffi/abi/namespaces.ts";
import { SIGNALS } from "../ffi/abi/signal.ts";
import { joins } from "./join/spec.ts";
import { BINFMT_MISC } from "./mounts/spec.ts";
import { knownOf, type Parameter } from "./parameter.ts";
import type { LaunchSpec } from "./spec.ts";
import { checkSpec } from "./spec_shape.ts";

/** The types of new namespaces that options imply. */
export const IMPLIED: Readonly<Partial<Record<keyof LaunchSpec, readonly NamespaceType[]>>> = {
  mountProc: ["mnt"],
  mountSys: ["mnt"],
  binds: ["mnt"],
  mountBinfmt: ["mnt", "user"],
  loadInterp: ["mnt", "user"],
  newRoot: ["mnt"],
  hostname: ["uts"],
  domainname: ["uts"],
  mapUser: ["user"],
  mapGroup: ["user"],
  mapUsers: ["user"],
  mapGroups: ["user"],
  owner: ["user"],
};

/** Mapped where there is a new user namespace. */
const OWN_IDS: readonly string[] = ["mapUser", "mapGroup"];

/**
 * The spec with everything that its options imply.
 *
 * @throws {SpecError} if an option is unknown, or of a wrong type.
 */
export function complete<Open extends Parameter>(spec: LaunchSpec<Open>): LaunchSpec<Open> {
  checkSpec(spec);
  return withImplied(spec);
}

/** The same of a spec whose options are known, and of the right types. */
export function withImplied<Open extends Parameter>(spec: LaunchSpec<Open>): LaunchSpec<Open> {
  const namespaces = new Set(knownOf(spec.namespaces));
  const isSettled = (spec.rootless ?? spec.tryNamespaces) !== undefined;
  for (const [option, types] of Object.entries(IMPLIED)) {
    if (isSettled && OWN_IDS.includes(option)) continue;
    if (spec[option as keyof LaunchSpec] === undefined) continue;
    for (const type of types) namespaces.add(type);
  }
  if (spec.join?.mountRoot !== undefined) namespaces.add("mnt");
  for (const type of Object.keys(spec.persist ?? {})) namespaces.add(type as NamespaceType);
  const fork = spec.fork ?? (spec.killChild !== undefined || spec.forwardSignals ||
    // Who leads a process group keeps its terminal: setsid(2) refuses it.
    (spec.newRoot !== undefined && spec.setsid) || spec.init || spec.exitsAsShell ||
    spec.interruptible ||
    knownOf(spec.syncFds).length > 0 || (spec.infoFd ?? spec.statusFd) !== undefined ||
    joins(spec, "pid") !== "no" || spec.join?.descriptors?.pid !== undefined);
  const killChild = spec.killChild ??
    (fork && spec.dieWithParent ? SIGNALS.SIGKILL : undefined);
  // The shell is a path, and no script.
  const shell = spec.program === undefined ? { search: false } : {};
  // Places that options leave to others. The usual one of binfmt_misc is in that of proc.
  const mountBinfmt = spec.mountBinfmt ?? (spec.loadInterp === undefined ? undefined : BINFMT_MISC);
  const mountProc = spec.mountProc ?? (mountBinfmt === BINFMT_MISC ? "/proc" : undefined);
  const wd = spec.wd ?? (spec.root === undefined ? undefined : "/");
  const implied = {
    namespaces: [...namespaces].sort(),
    ...(fork ? { fork } : {}),
    ...(killChild === undefined ? {} : { killChild }),
    ...shell,
    ...(mountProc === undefined ? {} : { mountProc }),
    ...(mountBinfmt === undefined ? {} : { mountBinfmt }),
    ...(wd === undefined ? {} : { wd }),
  };
  // Nothing is inherited, not even from a prototype that somebody has added to.
  return Object.assign(Object.create(null), spec, implied);
}
