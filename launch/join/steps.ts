/**
 * Joining namespaces that exist. What is joined may be hostile, and sees this process as soon as it is
 * there: it is not dumpable then, so that nobody who is not more than its user may look at its memory
 * and descriptors, and it goes in with nothing open that is not asked for. @see setns(2), nsenter(1)
 */
import { PR_SET_DUMPABLE, SUID_DUMP_DISABLE } from "../../ffi/abi/prctl.ts";
import type { Builder } from "../../engine/builder.ts";
import { all, not, type When } from "../../engine/condition.ts";
import type { Variable } from "../../engine/value.ts";
import { firstOf } from "../cases.ts";
import type { Context, Joined } from "../context.ts";
import { isJoining, looksAtFiles } from "./asked.ts";
import { findForeign } from "./foreign.ts";
import { joinCgroup, openCgroup } from "./cgroup.ts";
import { followContext } from "./context.ts";
import { enterNamespaces } from "./enter.ts";
import { readEnviron } from "./environ.ts";
import { enterDirectories, openDirectories } from "./root.ts";
import { type Joining, joiningOf } from "./joining.ts";
import { openNamespaces, type Source } from "./sources.ts";
import { checkTargetLives, closeTarget, NONE, openTarget } from "./target.ts";
import { openTree } from "./tree.ts";
import { dropGroups, openOwner, readOwner } from "./user.ts";
import { checkProc } from "../proc/own_proc.ts";
import { openClocks, openProc } from "../proc/files.ts";

/**
 * Joins what is to be joined, if anything is.
 *
 * @returns What later steps need of it.
 */
export function joinIfAsked(context: Context): Joined | undefined {
  const { s } = context;
  const when = isJoining(context);
  if (when === false) return undefined;
  if (when === true) return joinNamespaces(context);
  const kept = {
    user: s.variable("joins a user namespace", 0),
    uid: s.variable("uid of the target", 0),
    gid: s.variable("gid of the target", 0),
    groupsDropped: s.variable("groups were dropped", 0),
    environ: s.variable("environ of the target", 0),
  };
  s.skipUnless(when, () => {
    const { user, ...found } = joinNamespaces(context);
    s.if(user, () => kept.user.set(1));
    for (const [name, value] of Object.entries(found)) kept[name as keyof typeof found].set(value);
  });
  return { ...kept, user: kept.user.is(1) };
}

/**
 * Joins what is to be joined. All is opened and looked at first, then things change.
 *
 * @returns What later steps need of it.
 */
function joinNamespaces(context: Context): Joined {
  const { s, spec, request } = context;
  const { cgroup, context: label, env } = spec.join!;
  openClocks(context);
  s.call(
    "prctl",
    [PR_SET_DUMPABLE, SUID_DUMP_DISABLE, 0, 0, 0],
    "nobody in there may look into this process",
    { fails: "ignored" },
  );
  openProc(context);
  const joining = joiningOf(context);
  const { target } = joining;
  const looks = looksAtFiles(joining);
  const checkFiles = checkProc(joining, looks);

  const process = openTarget(joining);
  if (process) s.if(all(joining.atOnce.isAny, not(process.isTaken)), checkFiles);
  const directories = openDirectories(joining);
  openTree(joining);
  const owned = openOwner(joining);
  const sources = openNamespaces(joining, process);
  const isUserJoined = keepWhetherUser(s, sources);
  const isForeign = findForeign(joining, isUserJoined);
  const environ = ifAsked(joining, env, "environ", () => readEnviron(joining, isForeign));
  const group = ifAsked(joining, cgroup, "group", () => openCgroup(joining));
  s.if(request.isGiven(label), () => followContext(joining));
  if (process) s.if(all(target.isGiven, looks), () => checkTargetLives(joining, process));

  s.if(request.isGiven(cgroup), () => joinCgroup(joining, group!));
  const groupsDropped = dropGroups(joining, isUserJoined);
  enterNamespaces(joining, sources, process);
  if (process) closeTarget(s, process);
  const ids = owned ? readOwner(joining, owned) : {};
  enterDirectories(joining, directories);
  return {
    user: isUserJoined,
    ...ids,
    ...(groupsDropped ? { groupsDropped } : {}),
    ...(environ ? { environ } : {}),
  };
}

/** What steps give that are made if an option is given. */
function ifAsked(
  { s, request }: Joining,
  asked: unknown,
  name: string,
  steps: () => Variable,
): Variable | undefined {
  const isAsked = request.isGiven(asked);
  return isAsked === false ? undefined : firstOf(s, name, [[isAsked, steps]], NONE);
}

/** Whether a user namespace is joined: its descriptor does not tell any more once that is done. */
function keepWhetherUser(s: Builder, sources: readonly Source[]): When {
  const { isJoined = false } = sources.find(({ type }) => type === "user") ?? {};
  if (typeof isJoined === "boolean") return isJoined;
  const kept = s.variable("user joined", 0);
  s.if(isJoined, () => kept.set(1));
  return kept.is(1);
}
