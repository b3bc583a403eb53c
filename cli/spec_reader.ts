/** Reads the command lines of commands that launch a program. */
import type { OpenCommand } from "../launch/request/spec.ts";
import type { LaunchSpec, OpenSpec } from "../launch/spec.ts";
import { Draft } from "./meanings.ts";
import type { Outside } from "./exact/reader.ts";
import { getopt, type Given, type Info, type Option, type Told } from "./getopt.ts";

/** Parses words: the spec of a launch, or a request for --help or --version. @throws {UsageError} */
export type SpecReader = {
  (words: readonly string[]): LaunchSpec | Told;
  /** @param outside Where words come from that are not in the command line. Default: nowhere. */
  (words: readonly string[], parameters: ReadonlySet<string>, outside?: Outside): OpenSpec | Told;
};

/** A command that launches a program. */
export interface LaunchingCommand extends OpenCommand<Option> {
  readonly parse: SpecReader;
}

/** The reader of a command's words. */
export function readerOf({ name, options: table, start }: OpenCommand<Option>): SpecReader {
  return (words: readonly string[], parameters: ReadonlySet<string> = new Set()) => {
    const draft = new Draft(table, start, parameters);
    const { info, operands } = readOptions(table, words, (option) => draft.take(option));
    if (info) return info;
    const argv = operands.map((word) => draft.word(word));
    const program = argv[0] === undefined ? {} : { program: argv[0] };
    return { name, ...program, argv, ...draft.fields } as unknown as LaunchSpec;
  };
}

/**
 * Reads options up to the program; --help and --version win over what follows them.
 *
 * @throws {UsageError}
 */
function readOptions(
  options: readonly Option[],
  words: readonly string[],
  take: (option: Given) => void,
): { info?: Info; operands: string[] } {
  let info: Info | undefined;
  const { operands } = getopt(options, words, {
    take(option) {
      if (option.long === "help" || option.long === "version") info = option.long;
      else take(option);
      return info !== undefined;
    },
  });
  return info === undefined ? { operands } : { info, operands };
}
