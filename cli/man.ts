/** `nido man`: the man page nido(1). */
import type { Commands } from "./command.ts";
import { getopt, type Info, type Option } from "./getopt.ts";
import { manPage } from "./manual/roff.ts";
import { HELP_OPTION, refuseOperands, write } from "./output.ts";

/** The options. */
export const OPTIONS: readonly Option[] = [HELP_OPTION];

/** Runs `nido man`. @throws {UsageError} */
export async function man(words: readonly string[], commands: Commands): Promise<number | Info> {
  const { given, operands } = getopt(OPTIONS, words, { permute: true });
  if (given.length > 0) return "help";
  refuseOperands(operands);
  write(await manPage(commands));
  return 0;
}
