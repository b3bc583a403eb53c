/** Reads the words of bwrap and run. */
import { ERROR_LEVEL, WARNING_LEVEL } from "../../launch/level.ts";
import type { OpenCommand } from "../../launch/request/spec.ts";
import type { LaunchSpec } from "../../launch/spec.ts";
import { ExactDraft } from "../exact/draft.ts";
import { ExactReader, type Outside } from "../exact/reader.ts";
import { type Option, UsageError } from "../getopt.ts";
import type { SpecReader } from "../spec_reader.ts";
import { impliedBy, refuseTogether } from "./spec.ts";

/** Words of nobody. */
const NOWHERE: Outside = {
  words: (fd) => {
    throw new UsageError(`Can't read --args data of descriptor ${fd}`);
  },
  warn() {},
};

/** The reader of a command's words. @param speaker In whose name messages are. */
export function exactReaderOf(
  { name, options, start }: OpenCommand<Option>,
  speaker = name,
): SpecReader {
  return (
    words: readonly string[],
    parameters: ReadonlySet<string> = new Set(),
    outside: Outside = NOWHERE,
  ) => {
    const draft = new ExactDraft(start, parameters);
    const level = (text: string): string => draft.get("levelPrefix") ? text : "";
    const reader = new ExactReader(options, outside, {
      take: (option, values) => draft.take(option, values),
      taken: (option) => draft.next.refuseLeft(option),
      warn: (message) => outside.warn(`${level(WARNING_LEVEL)}${speaker}: ${message}`),
    });
    try {
      if (words.length === 0) return "usage";
      const operands = reader.read(words);
      if (typeof operands === "string") return operands;
      draft.next.refuseLayers();
      const { argv0, ...said } = draft.fields;
      refuseTogether(said, operands.length > 0);
      if (operands.length === 0) return "usage";
      const [program, ...rest] = operands.map((word) => draft.word(word));
      const argv = [argv0 ?? program!, ...rest];
      return { name: speaker, program, argv, ...impliedBy(said) } as LaunchSpec;
    } catch (error) {
      if (error instanceof UsageError) {
        error.level = level(ERROR_LEVEL);
        error.tryHelp = true;
      }
      throw error;
    }
  };
}
