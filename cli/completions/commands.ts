/** The commands and options as completion scripts need them. */
import { SIGNALS } from "../../ffi/abi/signal.ts";
import { PATH_WORDS } from "../../launch/request/spec.ts";
import type { Commands } from "../command.ts";
import type { Option, Values } from "../getopt.ts";
import type { Operands } from "../manual/manual.ts";

/** A list of words, or a kind of thing that the shell completes itself. */
export type Choice = readonly string[] | Exclude<Operands, Values | "command"> | Kind;
type Kind = Exclude<Values, readonly string[] | "signal">;

/** An option with the choices for its value; undefined if there are none to offer. */
export interface CompletableOption extends Omit<Option, "values"> {
  readonly choice: Choice | undefined;
}

/** A command with the choices for its operands. */
export interface CompletableCommand {
  readonly name: string;
  readonly does: string;
  readonly options: readonly CompletableOption[];
  readonly operands: Choice;
}

/** Kinds by the first word of `shown`, for options that do not name theirs. */
const SHOWN: Readonly<Record<string, Values>> = {
  file: "file",
  dir: "dir",
  pid: "pid",
  signame: "signal",
};

function choiceOf(values: Exclude<Operands, "command">): Choice {
  if (values === "signal") return Object.keys(SIGNALS).map((name) => name.replace(/^SIG/, ""));
  return values;
}

/** An option as shells need it. */
export function completableOption({ values, ...option }: Option): CompletableOption {
  const { words = [] } = option;
  if (words.length > 0) {
    const isPath = words.some((word) => PATH_WORDS.includes(word));
    return { ...option, value: "required", choice: isPath ? "file" : undefined };
  }
  const kind = values ?? SHOWN[option.shown?.match(/^\w+/)?.[0] ?? ""];
  return { ...option, choice: kind === undefined ? undefined : choiceOf(kind) };
}

/** All commands. */
export function completable(commands: Commands): Promise<CompletableCommand[]> {
  return Promise.all(
    Object.entries(commands).map(async ([name, { does, manual }]) => {
      const { options, operands } = await manual();
      return {
        name,
        does,
        options: options.map(completableOption),
        operands: operands === "command" ? Object.keys(commands) : choiceOf(operands),
      };
    }),
  );
}

/** Options of nido itself. */
export const OWN: readonly CompletableOption[] = [
  { long: "help", short: "h", help: "display this help", choice: undefined },
  { long: "version", short: "V", help: "display version", choice: undefined },
];

/** Quotes a word for a shell. */
export const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

export { DROP_INS } from "../command.ts";
/** Whether another command stands there, with all that is its own. */
export const isCommand = (operands: Choice): boolean =>
  operands === "launching command" || operands === "explained command";

export { explainedNames, launchingNames } from "../launchers.ts";
