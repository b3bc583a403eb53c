/** Ids, capabilities and clocks. @see credentials(7), capabilities(7), time_namespaces(7) */
import { CAP_LIMIT, capabilityHeader } from "../../ffi/abi/capability.ts";
import { PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE } from "../../ffi/abi/prctl.ts";
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import { idHints, ownerHints } from "../hints/id_maps.ts";
import { clockHints } from "../hints/namespaces.ts";
import { data, number, slot } from "../plan.ts";
import { joins, type LaunchSpec } from "../spec.ts";
import { type Context, failed } from "./context.ts";
import { writeFile } from "./id_maps.ts";
import { USER_JOINED } from "./join_sources.ts";
import { setsClocks, TIMENS_OFFSETS } from "./proc_files.ts";
import {
  becomeDefault,
  GROUPS_DROPPED,
  hasDefaultIds,
  TARGET_GID,
  TARGET_UID,
} from "./join_user.ts";

/** Becomes the owner of the namespaces before they exist. */
export function becomeOwner(context: Context): void {
  const { owner } = context.spec;
  if (!owner) return;
  const { caller } = context;
  setGroup(context, owner.gid, "the owner's group", ownerHints("gid", owner.gid, caller));
  setUser(
    context,
    owner.uid,
    "the owner of the new user namespace",
    ownerHints("uid", owner.uid, caller),
  );
}

/** Becomes who the program is to be. Groups first: without CAP_SETGID they could not be changed. */
export function becomeUser(context: Context): void {
  const { setgid, setuid } = context.spec;
  if (setgid !== undefined) setGroup(context, setgid, "the group of the program");
  else if (hasDefaultIds(context.spec)) becomeDefault(context, "gid");
  if (setuid !== undefined) setUser(context, setuid, "the user of the program");
  else if (hasDefaultIds(context.spec)) becomeDefault(context, "uid");
}

/** Whether the program may have other ids than the caller. */
export function changesIds(spec: LaunchSpec): boolean {
  return spec.setuid !== undefined || spec.setgid !== undefined || hasDefaultIds(spec);
}

type Id = NonNullable<LaunchSpec["setuid"]>;

function setGroup(
  { s, spec, caller }: Context,
  gid: Id,
  note: string,
  hints = idHints("gid", gid, spec, caller),
): void {
  const dropped = s.unique("groups are dropped");
  const refused = s.unique("refused");
  const before = hasDefaultIds(spec);
  const isKept = spec.join?.preserveCredentials;
  s.call("setgroups", [0, 0], `drop supplementary groups${isKept ? ", if that is allowed" : ""}`, {
    ...(isKept ? {} : { failure: failed("setgroups failed", hints) }),
    ...(before ? { orElse: refused } : {}),
  });
  if (before) {
    s.jump(dropped);
    s.label(refused);
    s.test("ifEqual", [slot(GROUPS_DROPPED), 0], "fail");
  }
  s.label(dropped);
  const id = gid === "follow" ? slot(TARGET_GID) : gid;
  s.call("setgid", [id], note, { failure: failed("setgid() failed", hints) });
}

function setUser(
  { s, spec, caller }: Context,
  uid: Id,
  note: string,
  hints = idHints("uid", uid, spec, caller),
): void {
  const id = uid === "follow" ? slot(TARGET_UID) : uid;
  s.call("setuid", [id], note, { failure: failed("setuid() failed", hints) });
}

/** Sets the clocks of the new time namespace, which has no process yet. */
export function setClocks(context: Context): void {
  const { s, spec } = context;
  const clocks = ([[7, "boottime", spec.boottime], [1, "monotonic", spec.monotonic]] as const)
    .flatMap(([clock, option, seconds]) =>
      seconds === undefined ? [] : [{
        line: `${clock} ${seconds} 0`,
        note: `CLOCK_${option.toUpperCase()} is ${seconds} seconds ahead`,
        hints: clockHints(option, BigInt(seconds)),
      }]
    );
  if (!spec.join) {
    for (const { line, note, hints } of clocks) {
      writeFile(context, [number(AT_FDCWD), TIMENS_OFFSETS], line, {
        length: line.length,
        note,
        shown: TIMENS_OFFSETS,
        hints,
      });
    }
  } else if (setsClocks(context)) {
    // The file takes one write.
    const lines = clocks.map(({ line }) => line).join("\n");
    const note = clocks.map(({ note }) => note).join(", ");
    const hints = clocks.flatMap(({ hints }) => hints);
    s.call("write", [slot("clocks"), lines, lines.length], note, {
      failure: failed(`write failed ${TIMENS_OFFSETS}`, hints),
    });
    s.call("close", [slot("clocks")], "the file is done");
  }
}

/**
 * Keeps capabilities across execve: what is permitted becomes inheritable, what is effective
 * ambient.
 *
 *     struct __user_cap_data_struct { u32 effective, permitted, inheritable; } [2]
 */
export function keepCapabilities({ s, spec }: Context): void {
  const joined = joins(spec, "user");
  if (!spec.keepCaps || !spec.namespaces.includes("user") && joined === "no") return;
  const header = data(capabilityHeader(), "{version=_LINUX_CAPABILITY_VERSION_3, pid=0}");
  // 64-bit words over the struct: e0 p0 | i0 e1 | p1 i1.
  const sets = s.buffer("capabilities", 32);
  const [next, kept] = [s.unique("next"), s.unique("kept")];
  const isSure = spec.namespaces.includes("user") || joined === "yes";
  if (!isSure) s.test("ifEqual", [slot(USER_JOINED), 0], kept);
  const options = isSure ? {} : { when: "if a user namespace is joined" };
  s.call("capget", [header, sets], "what this process may do", {
    ...options,
    failure: failed("capget failed"),
  });
  s.compute("e0 p0", "load", sets, 0);
  s.compute("i0 e1", "load", sets, 8);
  s.compute("p1 i1", "load", sets, 16);
  s.compute("p0", "shr", slot("e0 p0"), 32);
  s.compute("e0", "and", slot("e0 p0"), 0xffffffff);
  s.compute("e1", "shr", slot("i0 e1"), 32);
  s.compute("e1", "shl", slot("e1"), 32);
  s.compute("p1", "and", slot("p1 i1"), 0xffffffff);
  s.compute("i0 e1", "add", slot("p0"), slot("e1"));
  s.compute("p1 i1", "shl", slot("p1"), 32);
  s.compute("p1 i1", "add", slot("p1 i1"), slot("p1"));
  s.put(sets, 8, slot("i0 e1"));
  s.put(sets, 16, slot("p1 i1"));
  s.call("capset", [header, sets], "all of it may be inherited", {
    ...options,
    failure: failed("capset failed"),
  });

  s.compute("effective", "add", slot("e0"), slot("e1"));
  s.compute("capability", "set", 0);
  s.label(next);
  s.compute("has", "and", slot("effective"), 1);
  const skip = s.unique("skip");
  s.test("ifEqual", [slot("has"), 0], skip);
  s.call(
    "prctl",
    [PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, slot("capability"), 0, 0],
    "the program keeps this capability",
    {
      failure: failed("failed to raise ambient capability"),
      when: "for each effective capability",
    },
  );
  s.label(skip);
  s.compute("effective", "shr", slot("effective"), 1);
  s.compute("capability", "add", slot("capability"), 1);
  s.test("ifEqual", [slot("capability"), CAP_LIMIT], kept);
  s.jump(next);
  s.label(kept);
}
