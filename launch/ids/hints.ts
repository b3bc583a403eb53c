/** Why ids cannot be mapped, or taken. */
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
import { all, any, not } from "../../engine/condition.ts";
import { absent, contains, lacks, lacksCapability } from "../../engine/looks.ts";
import { option, together, withLetter } from "../option.ts";
import type { Parameter } from "../parameter.ts";
import { type Asked, hintsIf } from "../request.ts";
import { ifJoins, mayJoin } from "../join/asked.ts";
import type { OpenSpec } from "../spec.ts";
import {
  ALL_IDS,
  APPARMOR,
  BY_USER,
  CONFINED,
  forRoot,
  IS_ROOT,
  NO_PROC,
  STATUS,
  UID_MAP,
  withCapability,
} from "../causes.ts";

const MAP_AUTO = option("mapAuto", "true");
const SETGID = option("setgid");

/** A /proc that cannot be written. */
const READ_ONLY: Hint = {
  errno: [EROFS],
  why: "/proc is mounted read-only here, as in containers, and maps are written there",
  remedy: "mount it writable outside: docker --security-opt systempaths=unconfined",
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
const MAP_ROOT_AND_AUTO = together(option("mapRootUser", "true"), MAP_AUTO);

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
      look: [lacks(UID_MAP, ALL_IDS)],
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
      why: `${tool} has lost its setuid bit or capability, or its file system is mounted nosuid`,
      remedy: "reinstall Debian's package uidmap (elsewhere: shadow-utils)",
    },
  ];
}

/** Hints of an id, as it is called. */
function called(
  kind: "uid" | "gid",
  { s, request }: Asked,
  id: NonNullable<OpenSpec["setuid"]>,
  hints: (called: Message) => readonly Hint[],
): readonly Hint[] {
  const follows = request.is(id, "follow");
  const number = words`${kind} ${request.number(id as number)}`;
  return [
    ...hintsIf(s, follows, `${kind} follows`, hints(`the target's ${kind}`)),
    ...hintsIf(s, not(follows), `${kind} is a number`, hints(number)),
  ];
}

/** setuid(2), setgid(2) and setgroups(2) of the program. */
export function idHints(
  kind: "uid" | "gid",
  asked: NonNullable<OpenSpec["setuid"]>,
  context: Asked,
): readonly Hint[] {
  const { s, spec, request } = context;
  const isJoined = mayJoin(context, "user");
  const isNew = request.includes(spec.namespaces, "user");
  const mapped = words`add ${MAP_ROOT_AND_AUTO}`;
  return [
    ...hintsIf(s, isJoined, "joins a user namespace", () => joinedIdHints(kind, context, asked)),
    ...hintsIf(
      s,
      not(any(isJoined, isNew)),
      "no new user",
      () =>
        ifJoins(context, {
          joins: changeHints(kind, context, asked),
          not: changeHints(kind, context, asked, mapped),
        }),
    ),
    ...hintsIf(
      s,
      all(not(isJoined), isNew),
      "new user",
      () => newMapHints(kind, asked, context),
    ),
  ];
}

/** The same in a new user namespace. */
function newMapHints(
  kind: "uid" | "gid",
  id: NonNullable<OpenSpec["setuid"]>,
  context: Asked,
): readonly Hint[] {
  const { s, spec, request } = context;
  return [
    ...called(kind, context, id, (called) => [{
      errno: [EINVAL],
      why: words`${called} has no mapping in this user namespace`,
      remedy: words`map it: add ${MAP_AUTO}`,
    }]),
    ...hintsIf(s, request.isGiven(spec.mapGroups), "ranges of groups", [{
      errno: [EPERM],
      why: "setgroups is denied in the user namespace above, and so in all below it",
      remedy: words`add ${MAP_AUTO} to the outer launch`,
    }]),
    ...hintsIf(s, not(request.isGiven(spec.mapGroups)), "no ranges of groups", [{
      errno: [EPERM],
      why: "setgroups is denied in a user namespace whose gid map was written without privilege",
      remedy: words`map ranges: add ${MAP_AUTO}`,
    }]),
  ];
}

/** The same of the owner of user namespaces to be. */
export const ownerHints = (
  kind: "uid" | "gid",
  id: number | Parameter,
  context: Asked,
): readonly Hint[] => changeHints(kind, context, id, undefined);

/** The same in the caller's own user namespace. @param mapped What would do without privilege. */
function changeHints(
  kind: "uid" | "gid",
  context: Asked,
  id: NonNullable<OpenSpec["setuid"]>,
  mapped?: Message,
): readonly Hint[] {
  const capability = kind === "uid" ? CAP_SETUID : CAP_SETGID;
  const why = `changing the ${kind} needs CAP_SET${kind.toUpperCase()}`;
  const or = mapped === undefined ? "" : words`${mapped}, or `;
  return [
    ...called(kind, context, id, (called) => [{
      errno: [EINVAL],
      why: words`${called} has no mapping in this user namespace`,
      remedy: `take one that it has: look into /proc/self/${kind}_map`,
    }]),
    ...forRoot({ errno: [EPERM], why }, {
      root: withCapability(capability),
      others: words`${or}run as root`,
    }),
  ];
}

/** The same in a user namespace that is joined. @param id undefined for 0, where nobody named one. */
export function joinedIdHints(
  kind: "uid" | "gid",
  context: Asked,
  id?: OpenSpec["setuid"],
): readonly Hint[] {
  const { s, spec: { join }, request } = context;
  const hasTarget = request.isGiven(join?.target);
  const own = withLetter(kind === "uid" ? "setuid" : "setgid");
  const unmapped = (called: Message, map: Message): Hint => ({
    errno: [EINVAL],
    why: words`${called} has no mapping in the user namespace that was joined`,
    remedy: id === undefined
      ? words`add ${option("join.preserveCredentials", "true")}, or ${own} of one that it has${map}`
      : words`leave ${own} out, or take one that it has${map}`,
  });
  const withMap = (called: Message) => (): Hint[] => [
    unmapped(called, words`: look into /proc/${request.number(join!.target!)}/${kind}_map`),
  ];
  return [
    ...called(kind, context, id ?? 0, (called) => [
      ...hintsIf(s, hasTarget, "has a target", withMap(called)),
      ...hintsIf(s, not(hasTarget), "has no target", [unmapped(called, "")]),
    ]),
    {
      errno: [EPERM],
      why:
        words`setgroups is denied there, so supplementary groups cannot be dropped, as ${SETGID} asks`,
      remedy: words`leave ${SETGID} out: without it groups stay where they cannot be dropped`,
    },
  ];
}
