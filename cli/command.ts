/** The interface of commands. */
import type { Info } from "./getopt.ts";
import type { LaunchingCommand } from "./spec_reader.ts";
import type { Manual } from "./manual/manual.ts";

/** A command: one that launches a program, or one that does its work itself. */
export interface Command {
  /** What it does, in a line. */
  readonly does: string;
  readonly group: "Launching programs" | "Looking into namespaces" | "About nido";
  readonly launching?: () => Promise<LaunchingCommand>;
  /** Runs it. help, man and completions need all commands, which it is given. */
  readonly run?: (words: readonly string[], commands: Commands) => Promise<number | Info>;
  readonly manual: () => Promise<Manual>;
}

/** Commands by name. */
export type Commands = Readonly<Record<string, Command>>;

/** Commands that stand in the place of others: their messages begin with the name alone, without "nido". */
export const DROP_INS: readonly string[] = ["unshare", "nsenter", "lsns", "bwrap"];

/** The prefix of a command's messages. */
export function spokenName(name: string): string {
  return DROP_INS.includes(name) ? name : `nido ${name}`;
}

/** Who speaks of what went wrong before anything is launched. */
export interface Speaker {
  readonly name: string;
  /** The exit status. */
  readonly status: number;
  /** Whether programs read what it says: a person alone is told more than the message. */
  readonly isTerse?: true;
}

/** nido's own failures have a status of their own where those of programs are passed on. */
export function speakerOf(command: string): Speaker {
  const name = spokenName(command);
  if (command === "bwrap") return { name, status: 1, isTerse: true };
  return { name, status: command === "run" ? 125 : 1 };
}
