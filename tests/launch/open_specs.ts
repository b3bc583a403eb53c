/** Specs of which fields are open, and steps that give these as words of a command line would. */
import { flagsOf, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import { MS_PRIVATE, MS_REC, MS_SHARED, MS_SLAVE } from "../../ffi/abi/mount.ts";
import type { Builder } from "../../engine/builder.ts";
import { data } from "../../engine/operand.ts";
import type { Plan } from "../../engine/plan.ts";
import type { Value } from "../../engine/value.ts";
import { Struct } from "../../engine/struct.ts";
import { planOf } from "../../launch/compile.ts";
import { SOURCE, sourceKind } from "../../launch/ids/sources.ts";
import { limitsOf, RESOURCES } from "../../launch/limits/spec.ts";
import { LIMIT } from "../../launch/limits/steps.ts";
import { type CapabilityEdit, capabilityMasks } from "../../launch/capabilities/spec.ts";
import { NO_NUMBER } from "../../launch/numbers.ts";
import { TRUE, WORDS, type Words } from "../../launch/request.ts";
import type { LaunchSpec, OpenSpec } from "../../launch/spec.ts";
import type { IdRangeSource } from "../../launch/ids/spec.ts";
import { OPTION_WORDS } from "../../cli/option_words.ts";
import { nsenter } from "../../cli/nsenter.ts";
import { unshare } from "../../cli/unshare.ts";
import { openSpec } from "../../launch/request/open_fields.ts";
import { fieldOf, setField } from "../../launch/request/spec.ts";

const PROPAGATION: Readonly<Record<string, number>> = {
  private: MS_REC | MS_PRIVATE,
  shared: MS_REC | MS_SHARED,
  slave: MS_REC | MS_SLAVE,
  unchanged: 0,
};

/** A list of sources in memory. */
function sourceList(sources: readonly IdRangeSource[]): Value {
  const words = sources.flatMap((source) =>
    typeof source === "string"
      ? [sourceKind(source), 0, 0, 0]
      : [sourceKind("range"), source.inner, source.outer, source.count]
  );
  const end = new Array(SOURCE.bytes / 8).fill(0);
  return data(
    new Uint8Array(BigUint64Array.from([...words, ...end], BigInt).buffer),
    "sources of ids",
  );
}

/** Limits in memory. */
function limitList(s: Builder, limits: LaunchSpec["rlimits"]): Value {
  const all = limitsOf(limits ? { rlimits: limits } : {});
  const list = s.memory("limits", LIMIT.bytes * (all.length + 1));
  all.forEach(([name, numbers], i) => {
    const at = s.variable("limit", list.at(LIMIT.bytes * i));
    new Struct(s, LIMIT, at).fill({ name, resource: RESOURCES[name], ...numbers });
  });
  return list;
}

/** Words in memory, and room in front of them. */
function wordList(s: Builder, words: readonly string[]): Value {
  const list = s.memory("words", 8 * (words.length + 2));
  words.forEach((word, i) => s.store(list, word, { offset: 8 * (i + 1) }));
  return list.at(8);
}

/** Numbers in memory, with -1 behind them. */
const numberList = (numbers: readonly number[]): Value =>
  data(
    new Uint8Array(BigInt64Array.from([...numbers, NO_NUMBER], BigInt).buffer),
    `${numbers.length} numbers`,
  );

/** Edits of capabilities in memory. */
function maskList(edits: readonly CapabilityEdit[]): Value {
  const { keep, add } = capabilityMasks(edits);
  return data(new Uint8Array(BigUint64Array.from([keep, add]).buffer), "masks");
}

/** What a variable has for a field of a spec. */
function valueOf(s: Builder, path: string, value: unknown): Value {
  if (path === "namespaces" || path === "join.namespaces") return flagsOf(value as NamespaceType[]);
  if (path === "propagation") return PROPAGATION[value as string]!;
  if (path === "mapUsers" || path === "mapGroups") return sourceList(value as IdRangeSource[]);
  if (path === "rlimits") return limitList(s, value as LaunchSpec["rlimits"]);
  if (path === "whitelistEnv") return wordList(s, (value as string[]).map((name) => `${name}=`));
  if (path === "capabilities") return maskList(value as readonly CapabilityEdit[]);
  if (path === "syncFds") return numberList(value as number[]);
  if (path === "argv") return wordList(s, value as string[]);
  if (typeof value === "boolean") return value ? TRUE : 0;
  if (value === "current" || value === "follow") return WORDS[value];
  return value as string | number | bigint;
}

/** Fields that are made of others. */
const PARTS = ["persist", "owner", "join", "join.files", "join.ids"];

/** The fields of a spec that can be open: "wd", "owner.uid". Options of unshare set most of them. */
export const OPEN_PATHS: readonly string[] = [
  ...pathsOf(openSpec(unshare)),
  ...["setsid", "hostname", "domainname", "capabilities", "noNewPrivs", "loopback"],
  ...["syncFds", "blockFd", "infoFd", "statusFd", "dieWithParent"],
];

/** The fields that can be open where namespaces are joined: those that options of nsenter set. */
export const OPEN_JOIN_PATHS: readonly string[] = pathsOf(openSpec(nsenter)).filter((path) =>
  path !== "namespaces"
);

/** The fields of a spec that options can set. */
export function pathsOf(spec: object, above = ""): string[] {
  return Object.entries(spec).flatMap(([name, value]) => {
    const path = `${above}${name}`;
    return PARTS.includes(path) ? pathsOf(value, `${path}.`) : path === "name" ? [] : [path];
  });
}

/** A spec of which these fields are open. */
function opened(spec: LaunchSpec, paths: readonly string[]): OpenSpec {
  const open: OpenSpec = structuredClone({ ...spec });
  for (const path of paths) setField(open, path, { parameter: path });
  return open;
}

/**
 * The plan of a launch that learns some fields of its spec only when it runs.
 *
 * @param spec With all that it implies.
 * @param paths The fields that are open. Those that the spec has are given.
 */
export function openPlanOf(spec: LaunchSpec, paths: readonly string[]): Plan {
  const request = (s: Builder): Words => {
    const parameters = paths.map((path) => {
      const value = fieldOf(spec, path);
      const isGiven = s.variable(
        `${path} is given`,
        value === undefined || value === false ? 0 : 1,
      );
      const variable = s.variable(path, value === undefined ? 0 : valueOf(s, path, value));
      return [path, { isGiven: isGiven.is(1), value: variable }] as const;
    });
    return { parameters: Object.fromEntries(parameters) };
  };
  return planOf(opened(spec, paths), { front: OPTION_WORDS, request });
}

/** A failure without the step that has failed, which is said in names where its values are open. */
export const withoutStep = (text: string): string =>
  text.replace(/(\n|\\n) {2}step: .*? = E\w+/, "")
    .replace(/^(write\(2, ".*), \d+\)$/, "$1)");
