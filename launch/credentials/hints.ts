/** Why the program cannot have the ids that it is to have. */
import { CAP_SETGID, CAP_SETUID } from "../../ffi/abi/capability.ts";
import { EINVAL, EPERM } from "../../ffi/abi/errno.ts";
import { type Hint, type Message, words } from "../../engine/failure.ts";
import { all, any, not } from "../../engine/condition.ts";
import { option, withLetter } from "../option.ts";
import type { Parameter } from "../parameter.ts";
import { type Asked, hintsIf } from "../request.ts";
import { ifJoins, mayJoin } from "../join/asked.ts";
import type { OpenSpec } from "../spec.ts";
import { forRoot, withCapability } from "../causes.ts";
import { MAP_AUTO, MAP_ROOT_AND_AUTO } from "../ids/hints.ts";

const SETGID = option("setgid");

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
