/** Ids, capabilities and clocks. @see credentials(7), capabilities(7), time_namespaces(7) */
import { CAP_LIMIT, capabilityHeader } from "../../ffi/abi/capability.ts";
import { PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE } from "../../ffi/abi/prctl.ts";
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import type { Builder } from "../../engine/builder.ts";
import { any } from "../../engine/condition.ts";
import { data, number } from "../../engine/operand.ts";
import { layout, struct } from "../../engine/struct.ts";
import { idHints, ownerHints } from "../ids/hints.ts";
import { clockHints } from "../namespaces/hints.ts";
import type { OpenSpec } from "../spec.ts";
import { type Context, failed } from "../context.ts";
import { writeFile } from "../ids/steps.ts";
import { TIMENS_OFFSETS } from "../proc/files.ts";
import { becomeDefault, hasDefaultIds, ifJoined } from "../join/user.ts";

/** Becomes the owner of the namespaces before they exist. */
export function becomeOwner(context: Context): void {
  const { owner } = context.spec;
  if (!owner) return;
  setGroup(context, owner.gid, "the owner's group", ownerHints("gid", owner.gid));
  setUser(
    context,
    owner.uid,
    "the owner of the new user namespace",
    ownerHints("uid", owner.uid),
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
export function changesIds(spec: OpenSpec): boolean {
  return spec.setuid !== undefined || spec.setgid !== undefined || hasDefaultIds(spec);
}

type Id = NonNullable<OpenSpec["setuid"]>;

function setGroup(
  { s, spec, joined }: Context,
  gid: Id,
  note: string,
  hints = idHints("gid", gid, spec),
): void {
  const isKept = spec.join?.preserveCredentials;
  const failure = failed("setgroups failed", hints);
  const dropped = joined?.groupsDropped;
  s.call("setgroups", [0, 0], `drop supplementary groups${isKept ? ", if that is allowed" : ""}`, {
    fails: isKept
      ? "ignored"
      : dropped
      ? (error) => s.if(dropped.is(0), () => error.fail(failure))
      : failure,
  });
  s.call("setgid", [gid === "follow" ? joined!.gid! : gid], note, {
    fails: failed("setgid() failed", hints),
  });
}

function setUser(
  { s, spec, joined }: Context,
  uid: Id,
  note: string,
  hints = idHints("uid", uid, spec),
): void {
  s.call("setuid", [uid === "follow" ? joined!.uid! : uid], note, {
    fails: failed("setuid() failed", hints),
  });
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
  } else if (context.held.clocks) {
    // The file takes one write.
    const lines = clocks.map(({ line }) => line).join("\n");
    const note = clocks.map(({ note }) => note).join(", ");
    const hints = clocks.flatMap(({ hints }) => hints);
    s.call("write", [context.held.clocks, lines, lines.length], note, {
      fails: failed(`write failed ${TIMENS_OFFSETS}`, hints),
    });
    s.call("close", [context.held.clocks], "the file is done", { fails: "ignored" });
  }
}

/** struct __user_cap_data_struct [2] */
const CAPABILITIES = layout(24, {
  effective: [0, 4],
  permitted: [4, 4],
  inheritable: [8, 4],
  effectiveHigh: [12, 4],
  permittedHigh: [16, 4],
  inheritableHigh: [20, 4],
});

/**
 * Keeps capabilities across execve: what is permitted becomes inheritable, what is effective
 * ambient.
 */
export function keepCapabilities({ s, spec, joined }: Context): void {
  if (!spec.keepCaps) return;
  const isInside = any(spec.namespaces.includes("user"), joined?.user ?? false);
  s.if(isInside, () => inheritCapabilities(s), ifJoined(isInside));
}

function inheritCapabilities(s: Builder): void {
  const header = data(capabilityHeader(), "{version=_LINUX_CAPABILITY_VERSION_3, pid=0}");
  const sets = struct(s, "capabilities", CAPABILITIES);
  s.call("capget", [header, sets.at], "what this process may do", {
    fails: failed("capget failed"),
  });
  sets.set("inheritable", sets.get("permitted"));
  sets.set("inheritableHigh", sets.get("permittedHigh"));
  s.call("capset", [header, sets.at], "all of it may be inherited", {
    fails: failed("capset failed"),
  });
  const high = sets.get("effectiveHigh").shiftedLeft(32);
  const effective = s.variable("effective", high.or(sets.get("effective")));
  const capability = s.variable("capability", 0);
  s.while(capability.isBelow(CAP_LIMIT), () => {
    s.if(effective.and(1).isNot(0), () => {
      const args = [PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0];
      s.call("prctl", args, "the program keeps this capability", {
        fails: failed("failed to raise ambient capability"),
      });
    });
    effective.set(effective.shiftedRight(1));
    capability.advance();
  }, { when: "for each effective capability" });
}
