/** The commands that launch a program, and that explain and freeze take. */
import type { FrontEnd } from "../engine/failure.ts";
import { UsageError } from "./getopt.ts";
import { OPTION_WORDS } from "./option_words.ts";
import type { LaunchingCommand } from "./spec_reader.ts";

/** How each is loaded. */
export const LAUNCHERS: Readonly<
  Record<"unshare" | "nsenter" | "run" | "bwrap", () => Promise<LaunchingCommand>>
> = {
  unshare: async () => (await import("./unshare.ts")).unshare,
  nsenter: async () => (await import("./nsenter.ts")).nsenter,
  run: async () => (await import("./run.ts")).run,
  bwrap: async () => (await import("./bwrap.ts")).bwrap,
};

/** In whose words failures of a command's launch are said. */
export async function frontOf(name: string): Promise<FrontEnd> {
  if (name === "enter") return (await import("./enter/words.ts")).ENTER_WORDS;
  if (name !== "run" && name !== "bwrap") return OPTION_WORDS;
  const { RUN_WORDS, BWRAP_WORDS } = await import("./bwrap_words.ts");
  return name === "run" ? RUN_WORDS : BWRAP_WORDS;
}

/** Reads a command's words for explain and freeze: where they are wrong, that command's --help tells. @throws {UsageError} */
export function readFor<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UsageError) error.helpOf = `nido ${name}`;
    throw error;
  }
}

/** Their names. */
export const launchingNames = (): string[] => Object.keys(LAUNCHERS);

/** Those that explain takes: what enter launches is known when it has found its container. */
export const explainedNames = (): string[] => [...launchingNames(), "enter"];

/** The one of a name. */
export async function launchingCommand(name: string): Promise<LaunchingCommand | undefined> {
  return Object.hasOwn(LAUNCHERS, name) ? await LAUNCHERS[name as "unshare"]() : undefined;
}
