/** Output and options that the inspecting commands share. */
import { NAMESPACE_TYPES, type NamespaceType } from "../ffi/abi/namespaces.ts";
import { safe } from "../ffi/bytes.ts";
import { type Given, type Option, UsageError } from "./getopt.ts";
import { nearest } from "../launch/suggest.ts";
import { isUtf8 } from "./terminal.ts";

/**
 * Writes to standard output. A reader that has gone (`| head`) is no error.
 *
 * @returns Whether there is a reader.
 * @throws {UsageError} where it cannot be written.
 */
export function write(output: string | Uint8Array): boolean {
  const bytes = typeof output === "string" ? new TextEncoder().encode(output) : output;
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return false;
    const why = (error as Error).message.replace(/ \(os error \d+\).*$/s, "");
    throw new UsageError(`write error: ${why}`);
  }
}

/** Escapes lines with foreign text in them, for the terminal and the locale. */
export function safeLines(text: string): string {
  const ascii = !isUtf8();
  const shown = (line: string): string => /^[ -~]*$/.test(line) ? line : safe(line, ascii);
  return text.split("\n").map(shown).join("\n");
}

const codeUnits = (char: string): string =>
  char.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");

/**
 * JSON, in which characters that a terminal could act on are escaped. Bytes that are not UTF-8 become
 * U+FFFD, as JSON is text.
 */
export function json(value: unknown): string {
  return `${jsonText(value, 2)}\n`;
}

/** The same in one line, without its end. */
export function jsonLine(value: unknown): string {
  return jsonText(value, 0);
}

function jsonText(value: unknown, indentation: number): string {
  const text = JSON.stringify(
    value,
    (_, part) => typeof part === "string" ? part.toWellFormed() : part,
    indentation,
  );
  return text.replace(/[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu, codeUnits);
}

/** The types in the values of --type, in their order: `pid,net`. @throws {UsageError} */
export function parseTypes(values: readonly string[]): NamespaceType[] {
  return [...new Set(values.flatMap((value) => value.split(",")).map(parseType))];
}

/** The types that a command line names by --type: all where it names none. @throws {UsageError} */
export function givenTypes(given: readonly Given[]): readonly NamespaceType[] {
  const lists = given.flatMap(({ long, value = "" }) => long === TYPE_OPTION.long ? [value] : []);
  return lists.length > 0 ? parseTypes(lists) : NAMESPACE_TYPES;
}

/** Refuses words that are no options. @throws {UsageError} */
export function refuseOperands([first]: readonly string[]): void {
  if (first !== undefined) throw new UsageError(`what is '${first}'?`, true);
}

function parseType(name: string): NamespaceType {
  const type = NAMESPACE_TYPES.find((known) => known === name);
  if (type) return type;
  // An option may be meant: --mount is for mnt.
  const unknownWord = { word: name === "mount" ? "mnt" : name, among: NAMESPACE_TYPES };
  const all = nearest(unknownWord.word, unknownWord.among)
    ? ""
    : `; there are ${NAMESPACE_TYPES.join(", ")}`;
  throw new UsageError(`unknown namespace type: ${name}${all}`, false, unknownWord);
}

/** A PID of the command line. @throws {UsageError} */
export function parsePid(text: string): number {
  const pid = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (pid >= 1 && pid < 2 ** 31) return pid;
  throw new UsageError(`'${text}' is no PID: that is a number from 1 to 2147483647`);
}

/** The option that every command has. */
export const HELP_OPTION: Option = { long: "help", short: "h", help: "display this help" };
/** The option of commands whose output programs may read. */
export const JSON_OPTION: Option = { long: "json", short: "J", help: "print JSON, for programs" };
/** The option of commands that print plans. */
export const ALL_OPTION: Option = {
  long: "all",
  short: "a",
  help: "print every step, with what only a failure or another kernel would reach",
};
/** The option of commands that can leave out types. */
export const TYPE_OPTION: Option = {
  long: "type",
  short: "t",
  value: "required",
  shown: "list",
  values: NAMESPACE_TYPES,
  list: true,
  help: `only these types, with commas between (${NAMESPACE_TYPES.join(", ")})`,
};
