/**
 * The steps after a call has failed for good: they look for the likeliest cause, and print or report
 * both.
 *
 *     NAME: MESSAGE: ERROR             without the error where no system call has failed
 *       step: CALL = NAME OF THE ERROR
 *       why:  CAUSE
 *       try:  REMEDY
 */
import { ERRNO_LINES } from "../ffi/abi/errno.ts";
import { encode } from "../ffi/bytes.ts";
import type { Builder } from "./builder.ts";
import { all, any, not, type When } from "./condition.ts";
import { type Failure, isGiven, isWord, valuesOf } from "./failure.ts";
import { FAILURE, HINT, LOOK, LOOK_NAME, PIECE, PIECES, WHOLE } from "./failure_table.ts";
import { NEWLINE, NUL, SPACE } from "./file.ts";
import { Given, LOOKS } from "./look_steps.ts";
import { address, FAILURES, lateData, STACK } from "./operand.ts";
import type { Call } from "./plan.ts";
import { RECORD, RECORD_BYTES } from "./protocol.ts";
import { type Said, saidStep, saysValues } from "./show/said.ts";
import { pointer, sayDecimal, sayEscaped, saySaid } from "./said_steps.ts";
import { Struct } from "./struct.ts";
import { type Span, stringAt, Text, textAround } from "./text.ts";
import { safeLength } from "./utf8.ts";
import { unpackFailures } from "./unpack.ts";
import { constant, type Expression, type Value, type Variable } from "./value.ts";
import { sayWord } from "./word_steps.ts";

/** The longest message, in bytes. */
const MESSAGE_BYTES = 65536;

const STDERR = 2;

/** What the failure steps of a plan need to know of it. */
interface Needs {
  /** The kinds of looks. The number of a kind is its index here, plus 1. */
  readonly kinds: readonly string[];
  readonly numbers: boolean;
  readonly strings: boolean;
  /** Whether some strings are words for a shell. */
  readonly words: boolean;
  /** Whether some of the strings came from the listener. */
  readonly given: boolean;
  /** How values of calls are said. */
  readonly said: ReadonlySet<Said["as"]>;
}

/** What has failed, and why. */
interface Cause {
  readonly failure: Struct<keyof typeof FAILURE.fields>;
  /** 0 if no system call has failed. */
  readonly errno: Variable;
  /** Where the hint is that fits: the end of the list if none does. */
  readonly hint: Variable;
}

/**
 * Appends the failure steps, the last of a plan.
 *
 * @param explains Appends steps that tell whether more than the message is printed. Default: always.
 * @param mayBeWhole Whether messages may say the error themselves.
 * @param fronts How many front ends the plan speaks for.
 */
export function failureSteps(
  s: Builder,
  explains: (s: Builder) => When = () => true,
  mayBeWhole = false,
  fronts = 1,
): void {
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
    s.if(
      s.report.is(0),
      () => say(s, text, { failure, errno, hint }, write, { explains, mayBeWhole }),
      {
        otherwise: () => report(s, text, { failure, errno, hint }, write),
      },
    );
    s.exit(failure.get("status"), "exit");
  });
}

function needsOf({ steps }: Builder): Needs {
  const failures = new Set<Failure>();
  const calls: Call[] = [];
  for (const step of steps) {
    if (step.do === "label") continue;
    if (step.do === "call" && step.failure) {
      failures.add(step.failure);
      calls.push(step);
    }
    for (const arg of step.args) {
      if (arg.kind !== "failure") continue;
      failures.add(arg.failure);
      if (arg.call) calls.push(arg.call);
    }
  }
  const hints = new Set([...failures].flatMap((failure) => failure.hints));
  const values = [...failures].flatMap(valuesOf);
  const said = new Set(
    calls.filter(saysValues).flatMap(saidStep).flatMap((piece) =>
      typeof piece === "string" ? [] : [piece.as]
    ),
  );
  return {
    said,
    kinds: [...new Set([...hints].flatMap(({ look = [] }) => look.map(({ kind }) => kind)))],
    numbers: said.has("decimal") || values.some((value) => "number" in value),
    strings: values.some((value) => "string" in value),
    words: values.some(isWord),
    given: values.some(isGiven),
  };
}

// The cause

/** Finds the first hint for this error whose looks all succeed. */
function findHint(
  s: Builder,
  hints: Expression,
  errno: Variable,
  kinds: readonly string[],
): Variable {
  const at = s.variable("hint", pointer(hints));
  const hint = new Struct(s, HINT, at);
  s.loop((search) => {
    s.block((one) => {
      const explains = s.variable("explains", hint.get("explains"));
      s.if(explains.is(0), search.leave);
      s.if(not(explains.isOneOf(1, errno.plus(1))), one.leave);
      if (kinds.length > 0) {
        const name = s.variable("look", pointer(hint.get("looks")));
        const looks = new Struct(s, LOOK_NAME, name);
        s.while(looks.get("look").isNot(0), () => {
          const look = s.variable("look", pointer(looks.get("look")));
          s.found.set(0);
          s.foundName.set("");
          seeOrLeave(s, look, kinds, one.leave);
          name.advance(LOOK_NAME.bytes);
        });
      }
      search.leave();
    });
    at.advance(HINT.bytes);
  });
  return at;
}

/** Makes a look, and leaves the block if it fails. */
function seeOrLeave(
  s: Builder,
  look: Variable,
  kinds: readonly string[],
  leave: () => void,
): void {
  const kind = s.variable("kind", new Struct(s, LOOK, look).get("kind"));
  const cases = kinds.map((name, i): [number, () => void] => [i + 1, () => {
    const steps = s.looks.get(name) ?? LOOKS[name];
    if (!steps) throw new Error(`Cannot look for "${name}": nothing says how`);
    s.if(not(steps(s, new Given(s, look))), leave);
  }]);
  s.switch(kind, cases, () => {});
}

// The message

/** Writes a message: its bytes, and its pieces. */
interface Writer {
  bytes(start: Value, length: Value): void;
  /** The pieces at a place in the constants. A report has the values alone: its reader has the plan, and so the texts. */
  pieces(at: Value): void;
}

function writer(s: Builder, text: Text, needs: Needs): Writer {
  const append = s.subroutine("say", { parameters: ["start", "length"] }, (span) => {
    text.append(span);
  });
  const bytes = (start: Value, length: Value): void => void append({ start, length });
  const pieces = s.subroutine("say pieces", { parameters: ["list"] }, ({ list }) => {
    eachPiece(s, list, (kind, at, length) => {
      // Who listens has given it.
      const isKnown = all(needs.given, kind.is(PIECES.given), s.report.isNot(0));
      s.if(kind.is(PIECES.text), () => {
        s.if(s.report.is(0), () => bytes(at, length));
      }, {
        otherwise() {
          if (needs.numbers) s.if(kind.is(PIECES.number), () => sayDecimal(s, at.word(), bytes));
          saySaid(s, { kind, at, names: length }, needs.said, bytes);
          s.if(not(isKnown), () => {
            const isString = any(kind.is(PIECES.string), all(needs.given, kind.is(PIECES.given)));
            if (needs.strings) s.if(isString, () => sayString(s, at.word(), bytes));
            if (needs.words) {
              s.if(kind.is(PIECES.word), () => {
                // The listener quotes it.
                s.if(s.report.isNot(0), () => sayString(s, at.word(), bytes), {
                  otherwise: () => sayWord(s, at.word(), bytes),
                });
              });
            }
            if (needs.numbers || needs.strings) s.if(s.report.isNot(0), () => bytes("", 1));
          });
        },
      });
    });
  });
  return { bytes, pieces: (at) => void pieces({ list: at }) };
}

/** Runs a block with each piece of a message. */
function eachPiece(
  s: Builder,
  list: Variable,
  body: (kind: Variable, at: Variable, length: Expression) => void,
): void {
  const element = s.variable("piece", pointer(list));
  const piece = new Struct(s, PIECE, element);
  s.while(piece.get("kind").isNot(0), () => {
    const kind = s.variable("kind", piece.get("kind"));
    // A text is in the table, a value is a variable.
    const at = s.variable("at", piece.get("at").plus(address(FAILURES)));
    const value = (): void => at.set(piece.get("at").plus(address(STACK)));
    s.if(kind.isNot(PIECES.text), value);
    body(kind, at, piece.get("length"));
    element.advance(PIECE.bytes);
  });
}

/**
 * Reports a string of unknown origin as it is, but prints it escaped, so that it cannot control a
 * terminal: as display() of ffi/bytes.ts does.
 */
function sayString(s: Builder, string: Value, bytes: Writer["bytes"]): void {
  const at = s.variable("at", string);
  s.if(s.report.isNot(0), () => {
    bytes(at, stringAt(at).length);
    at.set("");
  });
  s.while(at.byte().isNot(NUL), () => {
    const length = s.variable("length", safeLength(s, at));
    // Nothing else may look like an escape.
    s.if(at.begins("\\x"), () => length.set(0));
    s.if(length.is(0), () => {
      sayEscaped(s.variable("byte", at.byte()), bytes);
      length.set(1);
    }, { otherwise: () => bytes(at, length) });
    at.advance(length);
  });
}

/**
 * What an error is called, and what it means. Filters of seccomp(2) may make up any number: its name is
 * then the number.
 */
function wordsOf(s: Builder, errno: Variable): { readonly name: Span; readonly meaning: Span } {
  const unknown = "Unknown error";
  const needle = textAround(s, "\n", errno, " ");
  const number = s.variable("number", needle.plus(1));
  const name = s.variable("name", number);
  const nameEnd = s.variable("name end", number.seek(SPACE));
  const meaning = s.variable("meaning", unknown);
  const meaningEnd = s.variable("meaning end", meaning.plus(unknown.length));
  const length = s.variable("length", nameEnd.plus(1).minus(needle));
  // Each line is NUMBER NAME MEANING, and has a newline in front.
  const lines = encode(`\n${ERRNO_LINES}`);
  const line = s.variable("line", lateData(lines, "errors"));
  const last = s.variable("last newline", line.plus(lines.length - 1));
  s.loop(({ leave }) => {
    s.if(line.isSame(needle, length), () => {
      name.set(line.plus(length));
      nameEnd.set(name.seek(SPACE));
      meaning.set(nameEnd.plus(1));
      meaningEnd.set(meaning.seek(NEWLINE));
      leave();
    });
    line.set(line.plus(1).seek(NEWLINE));
    s.if(line.isAtLeast(last), leave);
  });
  return {
    name: { start: name, length: nameEnd.minus(name) },
    meaning: { start: meaning, length: meaningEnd.minus(meaning) },
  };
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
  { explains, mayBeWhole }: {
    readonly explains: (s: Builder) => When;
    readonly mayBeWhole: boolean;
  },
): void {
  const { name, meaning } = wordsOf(s, errno);
  write.pieces(failure.get("message"));
  const isPart = !mayBeWhole || failure.get("status").and(WHOLE).is(0);
  s.if(all(errno.isNot(0), isPart), () => {
    write.bytes(": ", 2);
    write.bytes(meaning.start, meaning.length);
  });
  s.if(explains(s), () => {
    // A failure that is no call's has no step.
    const step = s.variable("step", failure.get("step"));
    s.if(new Struct(s, PIECE, pointer(step)).get("kind").isNot(0), () => {
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
  record.set("hint", hint.minus(pointer(failure.get("hints"))));
  record.set("length", length.minus(RECORD.bytes));
  s.call("write", [s.report, text.start, length], "report what failed, and why", {
    fails: "ignored",
  });
}
