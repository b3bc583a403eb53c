/** What a command is, and what is asked of all of them. */
import type { Info } from "./getopt.ts";
import type { LaunchingCommand } from "./spec_reader.ts";
import type { Manual } from "./manual/manual.ts";

/** A command: one that launches a program, or one that does its work itself. */
export interface Command {
  /** What it does, in a line. */
  readonly does: string;
  readonly group: "Launching programs" | "Looking into namespaces" | "About nido";
  readonly launching?: () => Promise<LaunchingCommand>;
  /** Some tell of all commands, which they are given. */
  readonly run?: (words: readonly string[], commands: Commands) => Promise<number | Info>;
  readonly manual: () => Promise<Manual>;
}

/** Commands by name. */
export type Commands = Readonly<Record<string, Command>>;

/** Commands that util-linux has too: what they say of themselves begins with that name alone. */
export const DROP_INS: readonly string[] = ["unshare", "nsenter", "lsns"];

/** What messages of a command begin with. */
export function spokenName(name: string): string {
  return DROP_INS.includes(name) ? name : `nido ${name}`;
}
