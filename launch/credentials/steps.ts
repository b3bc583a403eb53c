/** Ids, capabilities and clocks. @see credentials(7), capabilities(7), time_namespaces(7) */
import { CAP_LIMIT, capabilityHeader } from "../../ffi/abi/capability.ts";
import { PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE } from "../../ffi/abi/prctl.ts";
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import type { Builder } from "../../engine/builder.ts";
import { any, not, type When } from "../../engine/condition.ts";
import { data, number } from "../../engine/operand.ts";
import { struct } from "../../engine/struct.ts";
import { Text } from "../../engine/text.ts";
import { constant, type Value } from "../../engine/value.ts";
import { idHints, ownerHints } from "./hints.ts";
import { clockHints } from "../namespaces/hints.ts";
import { isParameter, type Parameter } from "../parameter.ts";
import type { OpenSpec } from "../spec.ts";
import { type Context, failed } from "../context.ts";
import { CAPABILITIES } from "../structs.ts";
import { writeFile } from "../ids/steps.ts";
import { TIMENS_OFFSETS } from "../proc/files.ts";
import { hasDefaultIds } from "../join/asked.ts";
import { becomeDefault, ifJoined } from "../join/user.ts";

/** Becomes the owner of the namespaces before they exist. */
export function becomeOwner(context: Context): void {
  const { s, spec: { owner }, request } = context;
  if (!owner) return;
  s.if(request.isGiven(owner.uid), () => {
    const [uid, gid] = [owner.uid, owner.gid];
    setGroup(context, gid, "the owner's group", ownerHints("gid", gid, context));
    const note = "the owner of the new user namespace";
    setUser(context, uid, note, ownerHints("uid", uid, context));
  });
}

/** Becomes who the program is to be. Groups first: without CAP_SETGID they could not be changed. */
export function becomeUser(context: Context): void {
  const { s, spec: { setgid, setuid }, request } = context;
  const byDefault = (kind: "uid" | "gid") => (): void => {
    context.s.if(hasDefaultIds(context), () => becomeDefault(context, kind));
  };
  s.if(request.isGiven(setgid), () => setGroup(context, setgid!, "the group of the program"), {
    otherwise: byDefault("gid"),
  });
  s.if(request.isGiven(setuid), () => setUser(context, setuid!, "the user of the program"), {
    otherwise: byDefault("uid"),
  });
}

/** Whether the program may have other ids than the caller. */
export function changesIds(context: Context): When {
  const { spec: { setuid, setgid }, request } = context;
  return any(request.isGiven(setuid), request.isGiven(setgid), hasDefaultIds(context));
}

type Id = NonNullable<OpenSpec["setuid"]>;

/** An id as a number. */
function idOf({ s, joined, request }: Context, kind: "uid" | "gid", id: Id): Value {
  if (!isParameter(id)) return id === "follow" ? joined![kind]! : id;
  const targets = joined?.[kind];
  if (!targets) return request.value(id);
  const number = s.variable(kind, request.value(id)).said();
  s.if(request.is(id, "follow"), () => number.set(targets));
  return number;
}

function setGroup(
  context: Context,
  gid: Id,
  note: string,
  hints = idHints("gid", gid, context),
): void {
  const { s, spec, joined, request } = context;
  // As in a namespace of one's own, which bwrap(1) asks nothing of either.
  const isKept = any(
    request.isGiven(spec.join?.preserveCredentials),
    request.isGiven(spec.join?.descriptors?.user),
  );
  const failure = failed("setgroups failed", hints);
  const mayStay = any(isKept, joined?.groupsDropped?.isNot(0) ?? false);
  const drop = `drop supplementary groups${isKept === true ? ", if that is allowed" : ""}`;
  s.call("setgroups", [0, 0], drop, {
    fails: mayStay === true
      ? "ignored"
      : mayStay === false
      ? failure
      : (error) => s.if(not(mayStay), () => error.fail(failure)),
  });
  s.call("setgid", [idOf(context, "gid", gid)], note, {
    fails: failed("setgid() failed", hints),
  });
}

function setUser(
  context: Context,
  uid: Id,
  note: string,
  hints = idHints("uid", uid, context),
): void {
  context.s.call("setuid", [idOf(context, "uid", uid)], note, {
    fails: failed("setuid() failed", hints),
  });
}

/** Sets the clocks of the new time namespace, which has no process yet. */
export function setClocks(context: Context): void {
  const { s, spec, request } = context;
  const asked = [[7, "boottime", spec.boottime], [1, "monotonic", spec.monotonic]] as const;
  for (const [clock, option, seconds] of asked) {
    if (spec.join && !isParameter(seconds)) continue;
    request.ifGiven(s, seconds, (seconds) => setClock(context, clock, option, seconds));
  }
  if (!spec.join) return;
  // nsenter(1) has no such options: they are known.
  const clocks = asked.flatMap(([clock, option, seconds]) =>
    seconds === undefined || isParameter(seconds) ? [] : [{
      line: `${clock} ${seconds} 0`,
      note: `CLOCK_${option.toUpperCase()} is ${seconds} seconds ahead`,
      hints: clockHints(option, context, seconds),
    }]
  );
  if (context.held.clocks) {
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

/** "7 -9223372036854775808 0" */
const LINE_BYTES = 24;

function setClock(
  context: Context,
  clock: number,
  option: "boottime" | "monotonic",
  seconds: number | bigint | Parameter,
): void {
  const { s, request } = context;
  const write = (line: Value, length: Value, shown: string): void =>
    writeFile(context, [number(AT_FDCWD), TIMENS_OFFSETS], line, {
      length,
      note: `CLOCK_${option.toUpperCase()} is ${shown} seconds ahead`,
      shown: TIMENS_OFFSETS,
      hints: clockHints(option, context, seconds),
    });
  if (!isParameter(seconds)) {
    const line = `${clock} ${seconds} 0`;
    return write(line, line.length, String(seconds));
  }
  const line = new Text(s, "offset", LINE_BYTES, failed("an offset is too long"));
  const ahead = s.variable("ahead", request.value(seconds));
  line.append(`${clock} `);
  s.if(ahead.isLess(0), () => {
    line.append("-");
    ahead.set(constant(0).minus(ahead));
  });
  line.appendDecimal(ahead);
  line.append(" 0");
  const start = s.variable("offset", line.start).said();
  const length = s.variable("length", line.length).said();
  write(start, length, request.shown(seconds));
}

/**
 * Keeps capabilities across execve: what is permitted becomes inheritable, what is effective
 * ambient.
 */
export function keepCapabilities({ s, spec, joined, request }: Context): void {
  const isInside = any(request.includes(spec.namespaces, "user"), joined?.user ?? false);
  s.if(request.isGiven(spec.keepCaps), () => {
    s.if(isInside, () => inheritCapabilities(s), ifJoined(isInside));
  });
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
    s.if(effective.has(1), () => {
      const args = [PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0];
      s.call("prctl", args, "the program keeps this capability", {
        fails: failed("failed to raise ambient capability"),
      });
    });
    effective.set(effective.shiftedRight(1));
    capability.advance();
  }, { when: "for each effective capability" });
}
