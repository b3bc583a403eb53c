/** The architecture, as check_layers.ts checks it: the layers of the sources, from the top down. */

/** A part of the sources, and what it may import. */
export interface Layer {
  /** Files and folders; `*` stands for any name. The most specific path of a file decides. */
  readonly of: readonly string[];
  /** The lower layers that its files may import, besides each other. */
  readonly uses: readonly string[];
  /** Its functions depend on their arguments alone: no Deno, no clock, no randomness. It imports only pure layers. */
  readonly isPure?: true;
  /** It names no option. */
  readonly isWithoutOptions?: true;
}

/** Layers by name, from the top down. */
export type Layers = Readonly<Record<string, Layer>>;

const NUMBERS = ["namespace types", "constants"];
const SYSTEM = ["system", "machine", ...NUMBERS];

/** The architecture. */
export const LAYERS: Layers = {
  // The doors
  "command line": { of: ["cli.ts"], uses: ["commands"] },
  "library": {
    of: ["mod.ts"],
    uses: ["Command", "running", "work", "probes", "specs", "engine", "inspection", "primitives"]
      .concat("system"),
  },
  "commands": {
    of: ["cli"],
    uses: ["running", "work", "probes", "command lines", "words", "specs", "engine", "inspection"]
      .concat(SYSTEM),
  },
  "Command": {
    of: ["command"],
    uses: ["running", "work", "hints", "words", "specs", "engine", "inspection"]
      .concat(SYSTEM),
  },

  // What the words of launching commands mean: the same spec anywhere.
  "command lines": {
    of: [
      ...["cli/unshare.ts", "cli/unshare", "cli/nsenter.ts", "cli/nsenter", "cli/spec_reader.ts"],
      ...["cli/bwrap.ts", "cli/bwrap", "cli/run.ts", "cli/exact"],
      ...["cli/meanings.ts", "cli/parse.ts", "cli/limits.ts", "cli/getopt.ts"],
    ],
    uses: ["specs", ...NUMBERS],
    isPure: true,
  },

  // Launching: spec -> plan -> print, run or freeze
  "running": {
    of: ["launch/run"],
    uses: ["work", "probes", "hints", "words", "specs", "engine", ...SYSTEM],
  },
  // The order of work, from a spec to a plan.
  "work": {
    of: ["launch/compile.ts", "launch/freeze.ts", "launch/open.ts", "launch/plan.ts"]
      .concat("launch/child.ts", "launch/front/front.ts"),
    uses: ["steps", "hints", "words", "specs", "engine", "machine", ...NUMBERS],
    isPure: true,
  },
  "probes": {
    of: ["launch/probe"],
    uses: ["steps", "hints", "words", "specs", "engine", "machine", ...NUMBERS],
    isPure: true,
  },
  // Each concern has a folder with its spec.ts, check.ts and hints.ts; all else in it makes steps.
  "steps": {
    of: ["launch/*/*", "launch/context.ts", "launch/cases.ts", "launch/say.ts"]
      .concat("launch/structs.ts", "launch/numbers.ts"),
    uses: ["hints", "words", "specs", "engine", ...NUMBERS],
    isPure: true,
  },
  "hints": {
    of: ["launch/*/hints.ts", "launch/causes.ts"]
      .concat(
        "launch/join/file_hints.ts",
        "launch/join/target_hints.ts",
        "launch/program/missing_hints.ts",
      ),
    uses: ["words", "specs", "engine", ...NUMBERS],
    isPure: true,
  },
  // The starter of a plan, its words for options, and the values of the request.
  "words": {
    of: ["launch/option.ts", "launch/spec_words.ts", "launch/starter.ts", "launch/request.ts"]
      .concat("launch/join/asked.ts", "launch/join/order.ts"),
    uses: ["specs", "engine", ...NUMBERS],
    isPure: true,
    isWithoutOptions: true,
  },
  // Specs, and the checks of them.
  "specs": {
    of: [
      "launch",
      "launch/*/spec.ts",
      "launch/*/check.ts",
      "launch/root/record.ts",
      "launch/ids/nested_check.ts",
    ],
    uses: ["machine", ...NUMBERS],
    isPure: true,
  },

  // The language of plans
  "engine": {
    of: ["engine"],
    uses: ["machine", "constants"],
    isPure: true,
    isWithoutOptions: true,
  },

  // The kernel
  "inspection": { of: ["inspect"], uses: SYSTEM },
  "primitives": { of: ["ffi/primitives"], uses: SYSTEM },
  "system": { of: ["ffi", "ffi/machine/code_page.ts"], uses: ["machine", ...NUMBERS] },
  "machine": { of: ["ffi/machine"], uses: ["constants"], isPure: true },
  "namespace types": { of: ["ffi/abi/namespaces.ts"], uses: ["constants"], isPure: true },
  "constants": { of: ["ffi/abi", "ffi/bytes.ts", "ffi/shell_word.ts"], uses: [], isPure: true },
};

/** The top-level files and folders of these layers and of all layers that they use. */
export function topsOf(...names: readonly string[]): string[] {
  const all = new Set(names);
  for (const name of all) LAYERS[name]!.uses.forEach((used) => all.add(used));
  const paths = [...all].flatMap((name) => LAYERS[name]!.of);
  return [...new Set(paths.map((path) => path.split("/")[0]!))];
}
