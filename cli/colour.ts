/** Colours on a terminal. @see https://no-color.org, console_codes(4) */
import type { NamespaceType } from "../ffi/abi/namespaces.ts";
import { variable } from "./environment.ts";
import { type Given, type Option, UsageError } from "./getopt.ts";

/** How a text can look: bold, dim, a warning, good, doubtful, or the colour of a namespace type. */
export type Look = "bold" | "dim" | "warn" | "good" | "doubt" | NamespaceType;

/** Applies a look to a text, which must be {@linkcode safe}. */
export type Paint = (look: Look, text: string) => string;

/** Only the sixteen configurable colours of a terminal: its owner has made them readable. */
const CODES: Readonly<Record<Look, string>> = {
  bold: "1",
  dim: "2",
  warn: "31",
  good: "32",
  doubt: "33",
  user: "35",
  pid: "36",
  mnt: "32",
  net: "33",
  uts: "34",
  ipc: "31",
  cgroup: "94",
  time: "95",
};

/** No colours: the text as it is. */
export const plain: Paint = (_, text) => text;

const colours: Paint = (look, text) => text === "" ? "" : `\x1b[${CODES[look]}m${text}\x1b[0m`;

/** The option of commands that print colours. */
export const COLOUR_OPTION: Option = {
  long: "color",
  value: "optional",
  shown: "when",
  values: ["auto", "always", "never"],
  help: "auto (the default: on a terminal, unless NO_COLOR is set), always or never",
};

/** What decides where --color is "auto". */
export interface ColourSettings {
  readonly terminal: boolean;
  readonly noColor: string | undefined;
  readonly term: string | undefined;
}

/** The paint for a value of --color. @param when "always" where the option has no value. @throws {UsageError} */
export function paintFor(when: string, { terminal, noColor, term }: ColourSettings): Paint {
  if (when === "always") return colours;
  if (when === "never") return plain;
  if (when !== "auto") {
    throw new UsageError(`--color is auto, always or never, not '${when}'`, true);
  }
  return terminal && !noColor && term !== "dumb" ? colours : plain;
}

/** The paint that a command line asks for, of whose --color the last one counts. @throws {UsageError} */
export function givenPaint(given: readonly Given[] = []): Paint {
  const colour = given.findLast(({ long }) => long === COLOUR_OPTION.long);
  return paintFor(colour ? colour.value ?? "always" : "auto", {
    terminal: Deno.stdout.isTerminal(),
    noColor: variable("NO_COLOR"),
    term: variable("TERM"),
  });
}
