/**
 * Joining namespaces that exist. What is joined may be hostile, and sees this process as soon as it is
 * there: it is not dumpable then, so that nobody who is not more than its user may look at its memory
 * and descriptors, and it goes in with nothing open that is not asked for. @see setns(2), nsenter(1)
 */
import { PR_SET_DUMPABLE, SUID_DUMP_DISABLE } from "../../ffi/abi/prctl.ts";
import type { Builder } from "../../engine/builder.ts";
import { any, not, type When } from "../../engine/condition.ts";
import type { Join, OpenSpec } from "../spec.ts";
import type { Context, Joined } from "../context.ts";
import { findForeign } from "./foreign.ts";
import { joinCgroup, openCgroup } from "./cgroup.ts";
import { followContext } from "./context.ts";
import { enterNamespaces } from "./enter.ts";
import { readEnviron } from "./environ.ts";
import { enterDirectories, openDirectories } from "./root.ts";
import { joinsAtOnce, openNamespaces, type Source } from "./sources.ts";
import { checkTargetLives, closeTarget, openTarget } from "./target.ts";
import { dropGroups, openOwner, readOwner } from "./user.ts";
import { checkProc } from "../proc/own_proc.ts";
import { openClocks, openProc } from "../proc/files.ts";

/**
 * Joins what is to be joined. All is opened and looked at first, then things change.
 *
 * @returns What later steps need of it.
 */
export function joinNamespaces(context: Context, join: Join): Joined {
  const { s, spec } = context;
  const { target } = join;
  openClocks(context);
  s.call(
    "prctl",
    [PR_SET_DUMPABLE, SUID_DUMP_DISABLE, 0, 0, 0],
    "nobody in there may look into this process",
    { fails: "ignored" },
  );
  openProc(context);
  const checkFiles = target === undefined
    ? undefined
    : checkProc(context, target, looksAtFiles(spec, join));

  const process = openTarget(context, join, joinsAtOnce(join));
  if (process && checkFiles) s.if(not(any(!joinsAtOnce(join), process.isTaken)), checkFiles);
  const directories = openDirectories(context, join);
  const owned = openOwner(context, target);
  const sources = openNamespaces(context, join, process);
  const isUserJoined = keepWhetherUser(s, sources);
  const isForeign = findForeign(context, isUserJoined);
  const environ = join.env ? readEnviron(context, target!, isForeign) : undefined;
  const group = join.cgroup ? openCgroup(context, target!) : undefined;
  if (join.context) followContext(context, target);
  if (process && looksAtFiles(spec, join)) checkTargetLives(s, process);

  if (group) joinCgroup(context, group);
  const groupsDropped = dropGroups(context, isUserJoined);
  enterNamespaces(context, sources, process);
  if (process) closeTarget(s, process);
  const ids = owned ? readOwner(context, owned) : {};
  enterDirectories(context, directories);
  return {
    user: isUserJoined,
    ...ids,
    ...(groupsDropped ? { groupsDropped } : {}),
    ...(environ ? { environ } : {}),
  };
}

/** Whether a user namespace is joined: its descriptor does not tell any more once that is done. */
function keepWhetherUser(s: Builder, sources: readonly Source[]): When {
  const { isJoined = false } = sources.find(({ type }) => type === "user") ?? {};
  if (typeof isJoined === "boolean") return isJoined;
  const kept = s.variable("user joined", 0);
  s.if(isJoined, () => kept.set(1));
  return kept.is(1);
}

/** Whether files of /proc/PID are opened: other processes may have the same one later. */
function looksAtFiles({ setuid, setgid }: OpenSpec, join: Join): boolean {
  const { all, namespaces = [], userParent, root, wd, env, cgroup, context } = join;
  return Boolean(
    all || userParent || root === true || wd === true || env || cgroup || context ||
      setuid === "follow" || setgid === "follow" ||
      namespaces.some((type) => type === "pid" || type === "user"),
  );
}
