/**
 * The steps of looks. By then the launch may be inside namespaces that somebody hostile controls: any file
 * may be anything.
 */
import { capabilityHeader } from "../../ffi/abi/capability.ts";
import { AT_FDCWD, O_CLOEXEC, O_NONBLOCK, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { PROC_SUPER_MAGIC, STATFS } from "../../ffi/abi/stat.ts";
import type { Builder } from "../builder.ts";
import type { CallError } from "../builder/calls.ts";
import { all, type When } from "../condition.ts";
import { ASKED } from "../looks.ts";
import { address, data, FAILURES } from "../operand.ts";
import { Struct } from "../struct.ts";
import type { Span } from "../text.ts";
import { constant, type Expression, type Place, type Value, type Variable } from "../value.ts";
import { LOOK } from "./structs.ts";

/** The arguments of a look, as its steps read them. */
export class Given {
  readonly #look: Struct<keyof typeof LOOK.fields>;

  constructor(s: Builder, look: Value) {
    this.#look = new Struct(s, LOOK, look);
  }

  number(which: "first" | "third"): Expression {
    return this.#look.get(which);
  }

  /** A text, with a NUL behind it. */
  text(which: "first" | "second"): Span {
    return {
      start: this.#look.get(which).plus(address(FAILURES)),
      length: this.#look.get(`${which}Length`),
    };
  }
}

/** Appends the steps of a look; the result says whether it succeeds. */
export type LookSteps = (s: Builder, given: Given) => When;

/** Looks read only the first 64 KiB of a file. */
const FILE_BYTES = 65536;

/** Looks read only so many bytes of a link. */
const LINK_BYTES = 4096;

/** The prefix of paths in proc(5). */
const PROC = "/proc/";

const NOTE = "look for the cause";

/** A file that was read. */
export interface File {
  readonly start: Place;
  readonly length: Variable;
}

/**
 * Reads a file. In another's mount namespace or root it may be anything: so the open does not wait for a
 * pipe, and a path in /proc must be on a proc file system.
 *
 * @param fails Blocks for a file that cannot be opened, and for one in /proc that is not proc's: both leave.
 */
export function readFile(
  s: Builder,
  path: Variable,
  fails: { readonly absent: () => void; readonly fake: () => void },
): File {
  const start = s.memory("content of a file", FILE_BYTES);
  const length = s.variable("length", 0);
  const flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
  const file = s.call("openat", [AT_FDCWD, path, flags, 0], NOTE, {
    result: "looked at",
    fails: fails.absent,
  });
  const close = (): void => void s.call("close", [file], NOTE, { fails: "ignored" });
  s.if(isFake(s, path, file), () => {
    close();
    fails.fake();
  });
  s.loop(({ leave }) => {
    const to = s.variable("end", start.plus(length));
    const room = constant(FILE_BYTES).minus(length);
    const got = s.call("read", [file, to, room], NOTE, { result: "got", fails: leave });
    s.if(got.is(0), leave);
    length.advance(got);
  });
  close();
  return { start, length };
}

/** Whether a file has a path in /proc but is not proc's. */
function isFake(s: Builder, path: Variable, file: Variable): When {
  const statfs = s.memory("statfs", STATFS.bytes);
  const type = s.variable("type", PROC_SUPER_MAGIC);
  s.block(({ leave }) => {
    s.call("fstatfs", [file, statfs], "is it a file of proc?", { fails: leave });
    type.set(statfs.word(STATFS.type));
  });
  return all(type.isNot(PROC_SUPER_MAGIC), path.begins(PROC));
}

/** Whether a text is somewhere in a file. */
export function isIn(s: Builder, text: Span, file: File): When {
  const isFound = s.variable("is found", 0);
  const at = s.variable("at", file.start);
  const last = s.variable("last", at.plus(file.length).minus(text.length));
  s.loop(({ leave }) => {
    s.if(last.isBelow(at), leave);
    s.if(at.isSame(text.start, text.length), () => {
      isFound.set(1);
      leave();
    });
    at.advance();
  });
  return isFound.isNot(0);
}

function readLink(s: Builder, path: Value, name: string, fails: () => void): Span {
  const start = s.memory(name, LINK_BYTES);
  const length = s.call("readlinkat", [AT_FDCWD, path, start, LINK_BYTES], NOTE, {
    result: "length",
    fails,
  });
  return { start, length };
}

/** Looks at a file as {@linkcode fileLook} asks. @param pathOf Appends the steps that give its path. */
export function seesFile(s: Builder, given: Given, pathOf: () => Value): When {
  const isSeen = s.variable("is seen", 0);
  s.block(({ leave }) => {
    const asked = s.variable("asked", given.number("third"));
    const path = s.variable("path", pathOf());
    const text = given.text("second");
    const file = readFile(s, path, {
      absent() {
        s.if(asked.is(ASKED.absent), () => isSeen.set(1));
        leave();
      },
      fake: leave,
    });
    s.if(asked.is(ASKED.absent), leave);
    s.if(asked.is(ASKED.exists), () => {
      isSeen.set(1);
      leave();
    });
    s.if(asked.is(ASKED.starts), () => {
      const start = s.variable("start", file.start);
      const begins = all(
        file.length.isAtLeast(text.length),
        start.isSame(text.start, text.length),
      );
      s.if(begins, () => isSeen.set(1));
      leave();
    });
    s.if(isIn(s, text, file), () => isSeen.set(1));
    s.if(asked.is(ASKED.lacks), () => isSeen.set(constant(1).minus(isSeen)));
  });
  return isSeen.isNot(0);
}

/** Whether two links have the same target. Both give the path of one. */
export function isSameLink(s: Builder, oneOf: () => Value, otherOf: () => Value): When {
  const isSame = s.variable("is same", 0);
  s.block(({ leave }) => {
    const one = readLink(s, oneOf(), "link", leave);
    const other = readLink(s, otherOf(), "other link", leave);
    const start = s.variable("start", one.start);
    s.if(
      all(
        s.variable("length", one.length).is(other.length),
        start.isSame(other.start, one.length),
      ),
      () => isSame.set(1),
    );
  });
  return isSame.isNot(0);
}

/** Makes a call that must fail, and tells whether it fails with another error than the kernel's. */
function isRefused(
  s: Builder,
  make: (fails: (error: CallError) => void) => void,
  error: string,
): When {
  const isRefused = s.variable("is refused", 0);
  make((failed) => s.if(failed.is(error).not(), () => isRefused.set(1)));
  return isRefused.isNot(0);
}

const FILTER = "does a filter refuse what the kernel would refuse otherwise?";

/** Whether a filter refuses setns(2) with these flags, of which one is none. */
export const refusesSetns = (s: Builder, flags: Value): When =>
  isRefused(s, (fails) => s.call("setns", [-1, flags], FILTER, { fails }), "EBADF");

/** The kinds of looks that every plan may have. */
export const LOOKS: Readonly<Record<string, LookSteps>> = {
  file: (s, given) => seesFile(s, given, () => given.text("first").start),

  "same link": (s, given) =>
    isSameLink(s, () => given.text("first").start, () => given.text("second").start),

  "lacks capability"(s, given) {
    const header = data(capabilityHeader(), "{version=_LINUX_CAPABILITY_VERSION_3, pid=0}");
    const sets = s.memory("capabilities", 32);
    const isLacking = s.variable("is lacking", 0);
    s.block(({ leave }) => {
      s.call("capget", [header, sets], "is it lacking?", { fails: leave });
      const bit = sets.word().shiftedRight(given.number("first")).and(1);
      s.if(bit.is(0), () => isLacking.set(1));
    });
    return isLacking.isNot(0);
  },

  "filter: unshare": (s, given) =>
    isRefused(
      s,
      (fails) => s.call("unshare", [given.number("first")], FILTER, { fails }),
      "EINVAL",
    ),
  "filter: setns": (s, given) => refusesSetns(s, given.number("first")),
  "filter: mount": (s) =>
    isRefused(s, (fails) => s.call("mount", [0, 0, 0, 0, 0], FILTER, { fails }), "EFAULT"),
  "filter: pidfd_open": (s) =>
    isRefused(s, (fails) => s.call("pidfd_open", [-1, 0], FILTER, { fails }), "EINVAL"),
};
