/** Changes of the environment, one after the other: each is a C string, as editText() makes it. */
import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE } from "../../ffi/abi/mman.ts";
import type { Builder } from "../../engine/builder.ts";
import { EQUALS, NUL } from "../../engine/characters.ts";
import { all, any, not, type When } from "../../engine/condition.ts";
import { POINTER_BYTES, vector } from "../../engine/operand.ts";
import type { Expression, Place, Value, Variable } from "../../engine/value.ts";
import { type Context, failed } from "../context.ts";
import { isParameter } from "../parameter.ts";
import { behindPrefix } from "./arguments.ts";
import { editText } from "./spec.ts";

/** A power of two, much more than there are variables. */
const NAME_MARKS = 1024;

/** The edits that are asked for, as an array with NULL behind it. */
function editsOf(context: Context): Value {
  const { s, spec: { environment = [] }, request } = context;
  if (isParameter(environment)) return request.value(environment);
  const isOpen = environment.map((edit) => "set" in edit && isParameter(edit.value));
  const edits = vector(
    environment.map((edit, i) => isOpen[i] ? 0 : editText(edit)),
    "changes of the environment",
  );
  environment.forEach((edit, i) => {
    if (!("set" in edit) || !isParameter(edit.value)) return;
    const tooLong = `the value of variable ${edit.set} is too long`;
    s.store(edits, behindPrefix(context, `${edit.set}=`, edit.value, tooLong), {
      offset: POINTER_BYTES * i,
    });
  });
  return edits;
}

/** Edits an environment, if that is asked for. */
export function editEnvironment(context: Context, environ: Variable): void {
  const { s, spec: { environment }, request } = context;
  s.if(request.isGiven(environment), () => {
    const edits = s.variable("edits", editsOf(context));
    edit(context, environ, edits);
  });
}

/**
 * Sets one variable more: where it stands, if there is one.
 *
 * @param start How it begins: `NAME=`.
 * @param setting `NAME=value`.
 */
export function setOne(
  context: Context,
  environ: Variable,
  { start, setting }: { readonly start: string; readonly setting: Variable },
): void {
  const { s } = context;
  s.block(({ leave }) => {
    const at = s.variable("at", environ);
    s.while(at.word().isNot(0), () => {
      s.if(s.variable("variable", at.word()).begins(start), () => {
        s.store(at, setting);
        leave();
      });
      at.advance(POINTER_BYTES);
    });
    const one = s.memory("one edit", 2 * POINTER_BYTES);
    s.store(one, setting);
    edit(context, environ, s.variable("edits", one));
  });
}

/** Makes a copy of the environment, and edits it. */
function edit({ s }: Context, environ: Variable, edits: Variable): void {
  const { made } = s.subroutine("edit environment", {
    parameters: ["old", "edits"],
    results: ["made"],
  }, (
    { old, edits, made },
  ) => {
    const bytes = s.variable("bytes", POINTER_BYTES);
    for (const array of [old, edits]) {
      const at = s.variable("at", array);
      s.while(at.word().isNot(0), () => {
        at.advance(POINTER_BYTES);
        bytes.advance(POINTER_BYTES);
      });
    }
    s.call(
      "mmap",
      [0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0],
      "room for the environment",
      { result: made, fails: failed("mmap failed") },
    );
    const end = s.variable("end", made);
    const append = (variable: Variable): void => {
      s.store(end, variable);
      end.advance(POINTER_BYTES);
    };
    const names = s.memory("names of variables", NAME_MARKS);
    const from = s.variable("from", old);
    s.while(from.word().isNot(0), () => {
      const variable = s.variable("variable", from.word());
      const length = s.variable("length", variable.seek(EQUALS, NUL).minus(variable));
      s.store(markOf(names, variable, length), 1, { bytes: 1 });
      append(variable);
      from.advance(POINTER_BYTES);
    });
    const at = s.variable("edit", edits);
    s.while(at.word().isNot(0), () => {
      const text = s.variable("text", at.word());
      const length = s.variable("length", text.seek(EQUALS, NUL).minus(text));
      const isSet = text.plus(length).byte().is(EQUALS);
      s.block(({ leave }) => {
        // Most variables are new. That is found out faster than others are taken out, for each of many.
        s.if(isSet, () => {
          const mark = s.variable("mark", markOf(names, text, length));
          s.if(mark.byte().is(0), () => {
            s.store(mark, 1, { bytes: 1 });
            leave();
          });
        });
        const kept = s.variable("kept", made);
        s.each([made, end, POINTER_BYTES], (place) => {
          const variable = s.variable("variable", place.word());
          s.if(not(isOf(s, variable, text, length)), () => {
            s.store(kept, variable);
            kept.advance(POINTER_BYTES);
          });
        });
        end.set(kept);
      });
      s.if(isSet, () => append(text));
      at.advance(POINTER_BYTES);
    });
    s.store(end, 0);
  })({ old: environ, edits });
  environ.set(made);
}

/**
 * Where it is marked that a variable may have such a name: by two of its late letters, in which names that
 * begin alike differ. `=` stands behind them.
 */
function markOf(marks: Place, variable: Variable, length: Variable): Expression {
  const letter = (part: number): Expression =>
    variable.plus(length).minus(length.shiftedRight(part)).byte();
  return marks.plus(letter(2).times(16).plus(letter(3)).and(NAME_MARKS - 1));
}

/** Whether a variable is the one that an edit is about: that of no name is about all. */
function isOf(s: Builder, variable: Variable, text: Variable, length: Variable): When {
  const behind = s.variable("behind", variable.plus(length));
  return any(length.is(0), all(variable.isSame(text, length), behind.byte().is(EQUALS)));
}
