/** A command line whose first word is no command: `nido --help`, `nido --version`, a word that is mistyped. */
import { safe } from "../ffi/bytes.ts";
import { COMMANDS } from "./commands.ts";
import { launchingNames } from "./launchers.ts";
import { getopt, UsageError } from "./getopt.ts";
import { overview } from "./help.ts";
import { write } from "./output.ts";
import { didYouMean } from "../launch/suggest.ts";
import { versionLine } from "./version.ts";

/** Runs such a command line. Returns its exit status. */
export async function noCommand([word, ...rest]: readonly string[]): Promise<number> {
  if (word === undefined) {
    console.error(overview(COMMANDS).trimEnd());
    return 1;
  }
  if (word === "--help" || word === "-h") write(overview(COMMANDS));
  else if (word === "--version" || word === "-V") write(`${versionLine("nido")}\n`);
  else {
    console.error(`nido: ${await wrong(word, rest)}`);
    console.error("Try 'nido --help' for more information.");
    return 1;
  }
  return 0;
}

async function wrong(word: string, rest: readonly string[]): Promise<string> {
  if (!word.startsWith("-")) {
    return `there is no command '${safe(word)}'${
      didYouMean(word, [...Object.keys(COMMANDS), "--version"])
    }`;
  }
  const owner = await launcherThatTakes([word, ...rest]);
  const guess = owner === undefined
    ? didYouMean(word, ["--help", "--version"])
    : `; did you mean '${["nido", owner, word, ...rest].map((one) => safe(one)).join(" ")}'?`;
  return `unrecognized option '${safe(word)}'${guess}`;
}

/** The first launching command whose command line this could be: its name may have been forgotten. */
async function launcherThatTakes(words: readonly string[]): Promise<string | undefined> {
  for (const name of launchingNames()) {
    const { options } = await COMMANDS[name]!.manual();
    try {
      getopt(options, words);
      return name;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    }
  }
  return undefined;
}
