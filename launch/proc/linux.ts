/** Which Linux this is. @see uname(2) */
import { NUL } from "../../engine/characters.ts";
import { readNumber } from "../../engine/file.ts";
import type { Value, Variable } from "../../engine/value.ts";
import type { Builder } from "../../engine/builder.ts";
import { MINORS } from "../causes.ts";

/** struct utsname: six texts, of which the third is the release. */
const UTSNAME_BYTES = 390;
const RELEASE = 130;

/** The release of Linux. */
export interface Linux {
  /** The address of its first two numbers: `6.18`. */
  readonly release: Variable;
  /** 1 if it is older than a version. One that does not tell is not. */
  readonly isOlder: Variable;
}

/** Compares the release with a version, as version() of causes.ts has it. */
export function findLinux(s: Builder, wanted: Value): Linux {
  const name = s.memory("utsname", UTSNAME_BYTES);
  const release = s.variable("release", name.at(RELEASE));
  const isOlder = s.variable("is older", 0);
  s.call("uname", [name], "which Linux is it?", { fails: "ignored" });
  s.block(({ leave }) => {
    const at = s.variable("at", release);
    const major = readNumber(s, at, leave);
    at.advance();
    const minor = readNumber(s, at, leave);
    s.store(at, NUL, { bytes: 1 });
    s.if(major.times(MINORS).plus(minor).isBelow(wanted), () => isOlder.set(1));
  });
  return { release, isOlder };
}
