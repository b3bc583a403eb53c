/** Which namespaces are asked to be joined, and by what they are named. */
import { flagsOf, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import { all, any, not, type When } from "../../engine/condition.ts";
import type { Hint } from "../../engine/failure.ts";
import { type Asked, hintsIf } from "../request.ts";
import type { Meaning } from "../request/spec.ts";
import type { Variable } from "../../engine/value.ts";
import { JOIN_ORDER } from "./order.ts";

/** Whether namespaces are joined otherwise than by descriptors of the launch alone. */
export const isJoining = ({ spec, request }: Asked): When =>
  Object.keys(spec.join ?? {}).some((name) => name !== "descriptors") && request.joins;

/** Hints of launches that join, and of others. */
export const ifJoins = (
  asked: Asked,
  hints: { readonly joins: readonly Hint[]; readonly not: readonly Hint[] },
): readonly Hint[] => [
  ...hintsIf(asked.s, isJoining(asked), "joins", hints.joins),
  ...hintsIf(asked.s, not(isJoining(asked)), "joins nothing", hints.not),
];

/** Whether a namespace is named by something that goes before the target. */
function isNamedOtherwise({ spec: { join }, request }: Asked, type: NamespaceType): When {
  return any(
    request.isGiven(join?.files?.[type]),
    request.isGiven(join?.ids?.[type]),
    type === "net" && request.isGiven(join?.netSocket),
    type === "user" && request.isGiven(join?.userParent),
  );
}

/** Whether the target's is named. */
const isTargetsNamed = ({ spec: { join }, request }: Asked, type: NamespaceType): When =>
  request.includes(join?.namespaces ?? [], type);

/** Whether a namespace is joined whatever it is: it is not only one of --all. */
export const isNamed = (asked: Asked, type: NamespaceType): When =>
  any(isTargetsNamed(asked, type), isNamedOtherwise(asked, type));

/** Whether a namespace is joined unless the caller shares it. */
export const isOneOfAll = (asked: Asked, type: NamespaceType): When =>
  all(asked.request.isGiven(asked.spec.join?.all), not(isNamed(asked, type)));

/** Whether a namespace is joined, or may be. */
export const mayJoin = (asked: Asked, type: NamespaceType): When =>
  any(isNamed(asked, type), asked.request.isGiven(asked.spec.join?.all));

/** Types by which those inside see the launcher. */
const SEEING: readonly NamespaceType[] = ["user", "mnt", "pid"];

/** Whether an option says so, whatever its value is and others say. */
export const tellsSeen = ({ field, usual }: Meaning): boolean =>
  field === "join"
    ? SEEING.some((type) => type === usual)
    : ["join.all", "join.root", "join.wd", "join.userParent"].includes(field);

/**
 * Whether those inside may see the launcher by a /proc of theirs, or have made the program that it becomes.
 * Who shares a network, a name or the like with it sees and does to it what anybody else on the machine can.
 */
export function isSeenInside(asked: Asked): When {
  const { spec: { join = {} }, request } = asked;
  return all(
    isJoining(asked),
    any(
      ...SEEING.map((type) => mayJoin(asked, type)),
      ...[join.root, join.wd, join.mountRoot].map((folder) => request.isGiven(folder)),
    ),
  );
}

/**
 * Whether any namespace may be joined by the target's descriptor. With --all it is looked at what they are,
 * so they are held.
 */
const mayBeAtOnce = ({ spec: { join }, request }: Asked): When =>
  all(request.isGiven(join?.target), not(request.isGiven(join?.all)));

/** Whether one is, where any may be. */
const isAtOnce = (asked: Asked, type: NamespaceType): When =>
  all(type !== "pid", isTargetsNamed(asked, type), not(isNamedOtherwise(asked, type)));

/** Which namespaces are joined by the target's descriptor, where that is taken. */
export interface TypesAtOnce {
  includes(type: NamespaceType): When;
  /** Whether there is one. */
  readonly isAny: When;
  /** CLONE_NEW* of them, where only a run knows. */
  readonly flags?: Variable;
}

/** Finds out which they are: it is asked often. */
export function findAtOnce(asked: Asked): TypesAtOnce {
  const { s } = asked;
  const may = mayBeAtOnce(asked);
  const ways = new Map(JOIN_ORDER.map((type) => [type, all(may, isAtOnce(asked, type))]));
  if ([...ways.values()].every((way) => typeof way === "boolean")) {
    return { includes: (type) => ways.get(type)!, isAny: any(...ways.values()) };
  }
  const flags = s.variable("types at once", 0);
  s.if(may, () => {
    for (const type of JOIN_ORDER) {
      s.if(isAtOnce(asked, type), () => flags.set(flags.or(flagsOf([type]))));
    }
  });
  const includes = (type: NamespaceType): When =>
    ways.get(type) !== false && flags.has(flagsOf([type]));
  return { includes, isAny: flags.isNot(0), flags };
}

/** Whether files of /proc/PID are opened: other processes may have the same one later. */
export function looksAtFiles(asked: Asked): When {
  const { spec: { setuid, setgid, join = {} }, request } = asked;
  const options = [
    ...[join.all, join.userParent, join.env, join.cgroup, join.context, join.mountRoot],
  ];
  return any(
    ...options.map((option) => request.isGiven(option)),
    ...[join.root, join.wd].map((directory) => request.isTrue(directory)),
    ...[setuid, setgid].map((id) => request.is(id, "follow")),
    ...(["pid", "user"] as const).map((type) => isTargetsNamed(asked, type)),
  );
}

/** Whether ids become 0 without being told so. */
export const hasDefaultIds = (asked: Asked): When =>
  all(
    mayJoin(asked, "user"),
    not(asked.request.isGiven(asked.spec.join?.preserveCredentials)),
  );
