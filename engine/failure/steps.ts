/**
 * The steps after a call has failed for good: they look for the likeliest cause, and print or report
 * both.
 *
 *     NAME: MESSAGE: ERROR             without the error where no system call has failed
 *       step: CALL = NAME OF THE ERROR
 *       why:  CAUSE
 *       try:  REMEDY
 */
import type { Builder } from "../builder.ts";
import { all, type When } from "../condition.ts";
import { RECORD, RECORD_BYTES } from "../protocol.ts";
import { Struct } from "../struct.ts";
import { Text } from "../text.ts";
import { unpackFailures } from "../unpack.ts";
import { constant, type Variable } from "../value.ts";
import { findHint } from "./cause.ts";
import { wordsOf } from "./errno.ts";
import { type Writer, writer } from "./message.ts";
import { needsOf } from "./needs.ts";
import { addressOf, FAILURE, HINT, PIECE, WHOLE } from "./structs.ts";

/** The longest message, in bytes. */
const MESSAGE_BYTES = 65536;

const STDERR = 2;

/** What has failed, and why. */
interface Cause {
  readonly failure: Struct<keyof typeof FAILURE.fields>;
  /** 0 if no system call has failed. */
  readonly errno: Variable;
  /** Where the hint is that fits: the end of the list if none does. */
  readonly hint: Variable;
}

/** How failures are told. */
interface Telling {
  /** Appends steps that tell whether more than the message is printed. Default: always. */
  readonly explains?: ((s: Builder) => When) | undefined;
  /** Whether a message may say the error itself: `isWhole` of a failure. */
  readonly mayBeWhole?: boolean;
  /** How many front ends the plan speaks for. Default: 1. */
  readonly fronts?: number;
}

/** Appends the failure steps, the last of a plan. */
export function failureSteps(s: Builder, telling: Telling = {}): void {
  const { fronts = 1 } = telling;
  const needs = needsOf(s);
  s.kinds = needs.kinds;
  s.whenFailed(() => {
    // Looking for the cause may fail too: what failed first is kept.
    const errno = s.variable("errno", constant(0).minus(s.error));
    unpackFailures(s);
    const failed = s.variable("failed", s.failure);
    if (fronts > 1) failed.advance(s.voice.times(FAILURE.bytes));
    const failure = new Struct(s, FAILURE, failed);
    const hint = findHint(s, failure.get("hints"), errno, needs.kinds);
    const text = new Text(s, "message", MESSAGE_BYTES, "cut");
    const write = writer(s, text, needs);
    const cause = { failure, errno, hint };
    s.if(s.report.is(0), () => say(s, text, cause, write, telling), {
      otherwise: () => report(s, text, cause, write),
    });
    s.exit(failure.get("status"), "exit");
  });
}

function sayHint(s: Builder, at: Variable, write: Writer): void {
  const hint = new Struct(s, HINT, at);
  s.if(hint.get("explains").isNot(0), () => write.pieces(hint.get("words")));
}

function say(
  s: Builder,
  text: Text,
  { failure, errno, hint }: Cause,
  write: Writer,
  { explains = () => true, mayBeWhole = false }: Telling,
): void {
  const { name, meaning } = wordsOf(s, errno);
  write.pieces(failure.get("message"));
  const isPart = !mayBeWhole || failure.get("status").has(WHOLE).not();
  s.if(all(errno.isNot(0), isPart), () => {
    write.bytes(": ", 2);
    write.bytes(meaning.start, meaning.length);
  });
  s.if(explains(s), () => {
    // A failure that is no call's has no step.
    const step = s.variable("step", failure.get("step"));
    s.if(new Struct(s, PIECE, addressOf(step)).get("kind").isNot(0), () => {
      write.pieces(step);
      write.bytes(name.start, name.length);
    });
    sayHint(s, hint, write);
  });
  write.bytes("\n", 1);
  s.call("write", [STDERR, text.start, text.length], "say what failed, and why", {
    fails: "ignored",
  });
}

function report(s: Builder, text: Text, { failure, errno, hint }: Cause, write: Writer): void {
  const record = new Struct(s, RECORD, text.start);
  text.end.advance(RECORD.bytes);
  write.pieces(failure.get("message"));
  sayHint(s, hint, write);
  const length = s.variable("length", text.length);
  s.if(length.isAtLeast(RECORD_BYTES), () => length.set(RECORD_BYTES));
  record.set("what", failure.get("number"));
  record.set("number", errno);
  record.set("hint", hint.minus(addressOf(failure.get("hints"))));
  record.set("length", length.minus(RECORD.bytes));
  s.call("write", [s.report, text.start, length], "report what failed, and why", {
    fails: "ignored",
  });
}
