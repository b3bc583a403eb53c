/**
 * Parameters of a frozen launch: who starts it gives them as `--NAME=VALUE`, in any order, and what
 * follows `--` is for the program.
 */
import { POINTER_BYTES } from "../../engine/operand.ts";
import type { Builder } from "../../engine/builder.ts";
import { type Message, words } from "../../engine/failure.ts";
import type { Variable } from "../../engine/value.ts";
import type { ParameterKind, ParameterKinds } from "../parameter.ts";
import type { Given, Words } from "../request.ts";
import { givenWords } from "../program/arguments.ts";
import { READERS } from "./values.ts";

/** The exit status of nido's own failures where the program's are passed on: as of env(1) and chroot(1). */
const EXIT_WRONG_PARAMETERS = 125;

/** How parameters are read. */
const AS = { text: "text", id: "uid", seconds: "seconds" } as const;

/** How a parameter is given. */
const shownParameter = (name: string, kind: ParameterKind): string =>
  `--${name}=${kind.toUpperCase()}`;

/** How all of them are given. */
export const usageOf = (kinds: ParameterKinds): string =>
  [...Object.entries(kinds).map(([name, kind]) => shownParameter(name, kind)), "[-- ARGUMENT...]"]
    .join(" ");

interface Taken extends Given {
  readonly name: string;
  readonly kind: ParameterKind;
  readonly seen: Variable;
}

/** Reads the parameters that the process is started with. Each must be there, once. */
export function readParameters(s: Builder, kinds: ParameterKinds): Words {
  const fail = (message: Message, remedy: Message): void =>
    s.fail({ message, status: EXIT_WRONG_PARAMETERS, hints: [{ remedy }] });
  const parameters = Object.entries(kinds).map(([name, kind]): Taken => ({
    name,
    kind,
    seen: s.variable(`${name} is given`, 0),
    isGiven: true,
    value: s.variable(name, 0),
  }));

  const at = givenWords(s, "words");
  const word = s.variable("word", 0);
  s.loop(({ leave, next }) => {
    word.set(at.word());
    s.if(word.is(0), leave);
    at.advance(POINTER_BYTES);
    s.if(word.begins("--\0"), leave);
    for (const { name, kind, seen, value } of parameters) {
      const start = `--${name}=`;
      s.if(word.begins(start), () => {
        s.if(seen.is(1), () => fail(`parameter --${name} is given twice`, "give it once"));
        seen.set(1);
        const text = s.variable("text", word.plus(start.length));
        READERS[AS[kind]]!({
          s,
          meaning: { field: name, as: AS[kind] },
          text,
          fields: { set: (_, read) => value.set(read) },
          invalid() {
            const wanted = kind === "id" ? "user or group id" : "number of seconds";
            const message = words`parameter --${name} is no ${wanted}: '${{ string: text }}'`;
            fail(message, `give a number: --${name}=0`);
          },
        });
        next();
      });
    }
    fail(words`unknown parameter '${{ string: word }}'`, `give what it takes: ${usageOf(kinds)}`);
  });
  for (const { name, kind, seen } of parameters) {
    s.if(seen.is(0), () => {
      fail(`parameter --${name} is missing`, `add it: ${shownParameter(name, kind)}`);
    });
  }
  return {
    parameters: Object.fromEntries(parameters.map((taken) => [taken.name, taken])),
    operands: at,
  };
}
