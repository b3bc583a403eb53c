/**
 * Joining namespaces that exist. What is joined may be hostile, and sees this process as soon as it is
 * there: it is not dumpable then, so that nobody who is not more than its user may look at its memory
 * and descriptors, and it goes in with nothing open that is not asked for. @see setns(2), nsenter(1)
 */
import { PR_SET_DUMPABLE, SUID_DUMP_DISABLE } from "../../ffi/abi/prctl.ts";
import type { Join, LaunchSpec } from "../spec.ts";
import type { Context } from "./context.ts";
import { findForeign } from "./foreign.ts";
import { followContext, joinCgroup, openCgroup } from "./join_cgroup.ts";
import { enterNamespaces } from "./join_enter.ts";
import { readEnviron } from "./join_environ.ts";
import { enterDirectories, openDirectories } from "./join_root.ts";
import { openNamespaces } from "./join_sources.ts";
import { checkTargetLives, closeTarget, hasSetnsOfProcess, openTarget } from "./join_target.ts";
import { checkProc } from "./own_proc.ts";
import { dropGroups, openOwner, readOwner } from "./join_user.ts";
import { openClocks, openProc } from "./proc_files.ts";

/** Joins what is to be joined. All is opened and looked at first, then things change. */
export function joinNamespaces(context: Context): void {
  const { s, spec: { join } } = context;
  if (!join) return;
  const { target } = join;
  openClocks(context);
  s.call(
    "prctl",
    [PR_SET_DUMPABLE, SUID_DUMP_DISABLE, 0, 0, 0],
    "nobody in there may look into this process",
  );
  openProc(context);
  if (target !== undefined) {
    const isRead = looksAtFiles(context.spec, join) || !hasSetnsOfProcess(context);
    checkProc(context, target, isRead);
  }
  openTarget(context, join);
  openDirectories(context, join);
  openOwner(context, target);
  const sources = openNamespaces(context, join);
  findForeign(context);
  if (join.env) readEnviron(context, target!);
  if (join.cgroup) openCgroup(context, target!);
  if (join.context) followContext(context, target);
  if (looksAtFiles(context.spec, join)) checkTargetLives(context, join);
  if (join.cgroup) joinCgroup(context);
  dropGroups(context);
  enterNamespaces(context, sources);
  closeTarget(context, join);
  readOwner(context);
  enterDirectories(context, join);
}

/** Whether files of /proc/PID are opened: other processes may have the same one later. */
function looksAtFiles({ setuid, setgid }: LaunchSpec, join: Join): boolean {
  const { all, namespaces = [], userParent, root, wd, env, cgroup, context } = join;
  return Boolean(
    all || userParent || root === true || wd === true || env || cgroup || context ||
      setuid === "follow" || setgid === "follow" ||
      namespaces.some((type) => type === "pid" || type === "user"),
  );
}
