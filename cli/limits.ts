/** The option for limits of resources. */
import { RESOURCES } from "../launch/limits/spec.ts";
import type { LimitValue, Resource } from "../launch/limits/spec.ts";
import { takes } from "../launch/request/spec.ts";
import { type Option, UsageError } from "./getopt.ts";

const NAMES = Object.keys(RESOURCES);

export const RLIMIT_OPTION: Option = {
  long: "rlimit",
  value: "required",
  shown: "name=n[:n]",
  values: NAMES.map((name) => `${name}=`),
  means: [takes("rlimits", "limit")],
  help: "limit a resource of <program>: soft, and hard unless it is the same; or unlimited",
};

/** Limits by the resource. */
export type Limits = Partial<Record<Resource, { soft: LimitValue; hard: LimitValue }>>;

function parseValue(text: string, whole: string): LimitValue {
  if (text === "unlimited" || text === "infinity") return "unlimited";
  if (/^\d+$/.test(text)) return BigInt(text);
  throw new UsageError(`failed to parse limit: '${whole}'`);
}

/** Adds NAME=SOFT[:HARD] to limits; a name may be in capitals, and begin with RLIMIT_. */
export function addLimit(limits: Limits, text: string): void {
  const [, word, soft, hard] = text.match(/^([^=]*)=([^:]*)(?::(.*))?$/s) ?? [];
  if (word === undefined || soft === undefined) {
    throw new UsageError(`failed to parse limit: '${text}'`);
  }
  const name = word.toLowerCase().replace(/^rlimit_/, "");
  if (!Object.hasOwn(RESOURCES, name)) {
    throw new UsageError(`unknown resource limit: ${word}`, false, { word: name, among: NAMES });
  }
  const value = parseValue(soft, text);
  limits[name as Resource] = {
    soft: value,
    hard: hard === undefined ? value : parseValue(hard, text),
  };
}
