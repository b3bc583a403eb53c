/** The commands that launch a program, and that explain and freeze take. */
import type { LaunchingCommand } from "./spec_reader.ts";

/** How each is loaded. */
export const LAUNCHERS: Readonly<Record<"unshare" | "nsenter", () => Promise<LaunchingCommand>>> = {
  unshare: async () => (await import("./unshare.ts")).unshare,
  nsenter: async () => (await import("./nsenter.ts")).nsenter,
};

/** Their names. */
export const launchingNames = (): string[] => Object.keys(LAUNCHERS);

/** The one of a name. */
export async function launchingCommand(name: string): Promise<LaunchingCommand | undefined> {
  return Object.hasOwn(LAUNCHERS, name) ? await LAUNCHERS[name as "unshare"]() : undefined;
}
