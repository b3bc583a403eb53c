/** `nido freeze`: a launch as a small static program, which needs nothing but the kernel. */
import type { Arch } from "../ffi/machine/machine.ts";
import { frozenBytes, openBytes } from "../launch/freeze.ts";
import { readImage } from "../engine/image_read.ts";
import { DryRunError } from "../engine/dry_run/memory.ts";
import { programSteps, runSteps } from "../engine/print.ts";
import { ImageError } from "../engine/show/image.ts";
import { environ } from "../ffi/libc.ts";
import { dryRunHere } from "../launch/run/dry_run.ts";
import { parametersIn } from "../launch/parameter.ts";
import type { Commands } from "./command.ts";
import { manualText, usageText } from "./help.ts";
import { versionText } from "./version.ts";
import { explainedText } from "./explained_text.ts";
import { frontOf, launchingCommand, launchingNames, readFor } from "./launchers.ts";
import { readFrozen, writeProgram } from "./freeze/file.ts";
import { getopt, type Given, type Info, type Option, UsageError } from "./getopt.ts";
import { OUTSIDE } from "./outside.ts";
import { ALL_OPTION, HELP_OPTION, json, JSON_OPTION, safeLines, write } from "./output.ts";

const ARCHS: readonly Arch[] = ["x86_64", "aarch64"];

/** The options. */
export const OPTIONS: readonly Option[] = [
  {
    long: "output",
    short: "o",
    value: "required",
    shown: "file",
    help: "the program to write; - is standard output",
  },
  {
    long: "arch",
    value: "required",
    shown: "arch",
    values: ARCHS,
    help: `the processor it is for: ${ARCHS.join(" or ")}; by default this one's`,
  },
  {
    long: "open",
    help: "write the whole command, whose options are given when it is started",
  },
  {
    long: "param",
    value: "required",
    shown: "name",
    help:
      "@<name> is a value that the program takes as --<name>=<value>; may be given several times",
  },
  {
    long: "list",
    short: "l",
    value: "required",
    shown: "file",
    help: "print what a frozen program takes, and what it would do here, as explain does",
  },
  ALL_OPTION,
  { ...JSON_OPTION, help: "print that as JSON, for programs" },
  HELP_OPTION,
];

function archOf(given: readonly Given[]): Arch {
  const asked = given.findLast(({ long }) => long === "arch")?.value ?? Deno.build.arch;
  const arch = ARCHS.find((known) => known === asked);
  if (arch) return arch;
  throw new UsageError(`unknown processor '${asked}'; there are ${ARCHS.join(" and ")}`, false, {
    word: asked,
    among: ARCHS,
  });
}

/** The texts of --help and --version in the file of a whole command. */
export async function commandTexts(
  name: string,
  commands: Commands,
): Promise<Readonly<Record<string, string>>> {
  return {
    version: versionText(name),
    help: await manualText(name, commands),
    usage: usageText(name, name, await commands[name]!.manual()),
  };
}

/** A file would have the PIDs of today's container. */
const ENTER_IS_LATE =
  "'enter' looks for its container when it is started: freeze the line that nido enter --show prints";

const noOutput = () => new UsageError("where to? Name a file: -o FILE", true);

/** Runs `nido freeze`. @throws {UsageError} */
export async function freeze(words: readonly string[], commands: Commands): Promise<number | Info> {
  const { given, operands } = getopt(OPTIONS, words);
  const has = (name: string): boolean => given.some(({ long }) => long === name);
  const valueOf = (name: string) => given.findLast(({ long }) => long === name)?.value;
  if (has("help")) return "help";
  const listed = valueOf("list");
  if (listed !== undefined) {
    if (["output", "arch", "open", "param"].some(has)) {
      throw new UsageError(
        "--list takes one file, its arguments, and no other options than --all and --json",
        true,
      );
    }
    return list([listed, ...operands], has("all"), has("json"));
  }
  for (const option of ["all", "json"]) {
    if (has(option)) throw new UsageError(`--${option} needs --list`, true);
  }
  const arch = archOf(given);
  const [name, ...rest] = operands;
  if (name === undefined) throw new UsageError("which command is to be frozen?", true);
  const command = await launchingCommand(name);
  if (!command) {
    if (name === "enter") throw new UsageError(ENTER_IS_LATE, true);
    const unknownWord = { word: name, among: launchingNames() };
    throw new UsageError(
      `'${name}' launches no program: there is nothing to freeze`,
      true,
      unknownWord,
    );
  }
  const output = valueOf("output");
  const front = await frontOf(name);
  if (has("open")) {
    if (rest.length > 0 || has("param")) {
      throw new UsageError("--open takes a command alone: all else is given to the file", true);
    }
    if (output === undefined) throw noOutput();
    const texts = await commandTexts(name, commands);
    writeProgram(output, openBytes(command, arch, { front, texts }));
    return 0;
  }
  const parameters = given.filter(({ long }) => long === "param").map(({ value = "" }) => value);
  const spec = readFor(name, () => command.parse(rest, new Set(parameters), OUTSIDE));
  if (typeof spec === "string") return (await import("./help.ts")).tell(name, spec, commands);
  const used = parametersIn(spec);
  const unused = parameters.find((name) => !Object.hasOwn(used, name));
  if (unused !== undefined) {
    throw new UsageError(`parameter ${unused} is not used: no value is @${unused}`, true);
  }
  if (output === undefined) throw noOutput();
  writeProgram(output, frozenBytes(spec, arch, front));
  return 0;
}

/**
 * Prints the parameters and the steps of a frozen program. Its texts may be hostile, and are escaped.
 *
 * @param argv The file, and the arguments that it would be started with.
 */
function list(argv: readonly string[], isAll: boolean, asJson: boolean): number {
  const [path = "", ...words] = argv;
  try {
    const program = readImage(readFrozen(path));
    const { usage } = program.symbols;
    // Without values for its parameters it would only print its usage.
    const isOpen = usage !== "" && words.length === 0;
    const steps = isAll || isOpen ? programSteps(program) : runSteps(dryRunHere(program, argv));
    const taken = usage === "" ? "" : `takes: ${usage}\n\n`;
    write(asJson ? json(steps) : safeLines(taken + explainedText(steps, environ())));
    return 0;
  } catch (error) {
    if (!(error instanceof ImageError || error instanceof DryRunError)) throw error;
    throw new UsageError(`${path} is not what nido freeze has written: ${error.message}`);
  }
}
