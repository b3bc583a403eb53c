/** Why ids cannot be mapped. */
import { CAP_DAC_OVERRIDE, CAP_SETFCAP, CAP_SETGID, CAP_SETUID } from "../../ffi/abi/capability.ts";
import { EACCES, EINVAL, ENOENT, EPERM, EROFS } from "../../ffi/abi/errno.ts";
import {
  FOUND,
  type Hint,
  type Look,
  type Message,
  type SlotName,
  words,
} from "../../engine/failure.ts";
import { absent, contains, lacksCapability } from "../../engine/looks.ts";
import { option, type OptionTerm, together } from "../option.ts";
import type { OpenSpec } from "../spec.ts";
import {
  APPARMOR,
  BY_USER,
  CONFINED,
  forRoot,
  IS_ROOT,
  lacksIds,
  NO_PROC,
  STATUS,
  withCapability,
} from "../causes.ts";

export const MAP_AUTO: OptionTerm = option("mapAuto", "true");

/** A /proc that cannot be written. */
const READ_ONLY: Hint = {
  errno: [EROFS],
  why: "/proc is mounted read-only here, as in containers, and maps are written there",
  remedy: "mount it writable outside: docker --security-opt systempaths=unconfined",
};

/** The kernel lets nobody look into who runs a file that it may not read. */
const UNREADABLE: Hint = {
  errno: [EACCES],
  look: [absent("/proc/self/exe")],
  why:
    "this user may not read the launcher's file, only execute it: its files in /proc are root's then",
  remedy: "chmod a+r that file, as its owner",
};

/** Writing a map of one id from inside. */
export function mapHints(
  kind: "uid" | "gid",
  { join }: OpenSpec,
): Hint[] {
  return [
    READ_ONLY,
    ...NO_PROC,
    CONFINED,
    UNREADABLE,
    ...(join
      ? forRoot({
        errno: [EACCES],
        why: "nobody may look into a process that joins: its files in /proc are root's meanwhile",
      }, { root: withCapability(CAP_DAC_OVERRIDE), others: "run as root" })
      : []),
    APPARMOR,
    ...(kind === "uid"
      ? [{
        errno: [EPERM],
        look: [IS_ROOT],
        why: "who maps uid 0 into a user namespace needs CAP_SETFCAP outside (since Linux 5.12)",
        remedy: `${withCapability(CAP_SETFCAP)}; or start it as another user`,
      }]
      : []),
    {
      errno: [EINVAL],
      why:
        `the caller's own ${kind} is not mapped in its user namespace, so it cannot be mapped in a new one`,
      remedy: words`add ${option("mapCurrentUser", "true")} to the outer launch`,
    },
  ];
}

/** Writing a map of ranges as root. */
export function rangeHints(kind: "uid" | "gid"): Hint[] {
  const lacking = (capability: number, why: string): Hint => ({
    errno: [EPERM],
    look: [lacksCapability(capability)],
    why,
    remedy: withCapability(capability),
  });
  return [
    READ_ONLY,
    ...NO_PROC,
    kind === "uid"
      ? lacking(CAP_SETUID, "who maps ranges of uids needs CAP_SETUID outside")
      : lacking(CAP_SETGID, "who maps ranges of gids needs CAP_SETGID outside"),
    ...(kind === "uid"
      ? [lacking(
        CAP_SETFCAP,
        "who maps uid 0 into a user namespace needs CAP_SETFCAP outside (since Linux 5.12)",
      )]
      : []),
    {
      errno: [EPERM],
      why: `the ranges name ${kind}s that this user namespace does not have`,
      remedy: words`map all that it has: ${ALL_OF[kind]}`,
    },
    {
      errno: [EINVAL],
      why: "ranges overlap",
      remedy: "leave out those of which another has ids, too",
    },
  ];
}

/** Looking for a name in /etc/passwd or /etc/group. */
export function nameHints(kind: "uid" | "gid", name: string | SlotName, file: string): Hint[] {
  const said = typeof name === "string" ? { path: name } : { string: name };
  const [what, command] = kind === "uid" ? ["user", "id -u"] : ["group", "getent group"];
  return [
    { look: [absent(file)], why: `there is no ${file}, or it may not be read` },
    {
      why: words`no ${what!} '${said}' in ${file}`,
      remedy: `give the id: ${command} NAME prints it where another source has the name`,
    },
  ];
}

/** A line for a name without an id. */
export const badLineHints = (kind: "uid" | "gid", line: SlotName, file: string): Hint[] => [
  { why: words`line ${{ number: line }} of ${file} has no ${kind}` },
];

/** What root of an outer user namespace needs to map ranges. */
export const MAP_ROOT_AND_AUTO: Message = together(option("mapRootUser", "true"), MAP_AUTO);

const ALL_OF = { uid: option("mapUsers", "all"), gid: option("mapGroups", "all") } as const;

/** The looks that find that ranges are not the caller's: see range_looks.ts. */
export const WITHOUT_RANGES: Readonly<Record<"uid" | "gid", Look>> = {
  uid: { kind: "the caller has not these uids" },
  gid: { kind: "the caller has not these gids" },
};

/** What they say: variables that have the addresses of texts. */
export interface RangeWords {
  readonly why: SlotName;
  readonly remedy: SlotName;
}

/** The outcome of newuidmap(1) or newgidmap(1). */
export function mapToolHints(kind: "uid" | "gid", said: RangeWords): Hint[] {
  const tool = `new${kind}map`;
  return [
    {
      errno: [ENOENT],
      look: [BY_USER],
      why: words`${tool} is not installed, and only it may map ranges for uid ${FOUND}`,
      remedy: "install Debian's package uidmap (elsewhere: shadow-utils)",
    },
    {
      errno: [EACCES],
      look: [BY_USER],
      why: words`${tool} is there, but may not be executed by uid ${FOUND}`,
      remedy: `look why: namei -l "$(command -v ${tool})"`,
    },
    {
      look: [contains(STATUS, "NoNewPrivs:\t1")],
      why: `no_new_privs is set, so ${tool} cannot gain the privilege it has as a setuid program`,
      remedy: "start this outside of what sets no_new_privs",
    },
    {
      look: [lacksIds()],
      why:
        `this user namespace has not all ids, and ${tool} is a setuid program of a user that it lacks`,
      remedy: words`add ${MAP_ROOT_AND_AUTO} to the outer launch, and map what that has: ${
        ALL_OF[kind]
      }`,
    },
    {
      look: [WITHOUT_RANGES[kind]],
      why: [{ string: said.why }],
      remedy: [{ string: said.remedy }],
    },
    {
      why: `${tool} has lost its setuid bit or capability, or its file system is mounted nosuid; ` +
        "or it has been given an id twice",
      remedy: "reinstall Debian's package uidmap (elsewhere: shadow-utils); or map each id once",
    },
  ];
}
