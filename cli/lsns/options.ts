/** The command line of `lsns`. */
import { ERANGE, errnoText } from "../../ffi/abi/errno.ts";
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import { type Filter, parseFilter } from "./filter.ts";
import { FilterError } from "./filter/values.ts";
import { getopt, type Info, type Option, UsageError } from "../getopt.ts";
import { parseTypes, TYPE_OPTION } from "../output.ts";
import { COLUMN_NAMES, type ColumnName, USUAL_NAMES } from "./columns.ts";

const RELATIONS = ["owner", "parent", "process"] as const;

/** How namespaces are put into trees. */
export type TreeRelation = typeof RELATIONS[number];

/** A parsed command line of lsns. */
export interface LsnsRequest {
  readonly format: "list" | "raw" | "json";
  readonly columns: readonly ColumnName[];
  /** undefined: no tree. */
  readonly tree: TreeRelation | undefined;
  readonly headings: boolean;
  readonly truncate: boolean;
  readonly wrap: boolean;
  /** All if empty. */
  readonly types: readonly NamespaceType[];
  readonly persistent: boolean;
  readonly task?: number;
  readonly filter?: Filter;
  /** List the processes of this namespace. */
  readonly namespace?: bigint;
}

/** Requests to print what needs no look at the system. */
export type LsnsInfo = Info | "columns" | "columns raw" | "columns json";

/** The options; in util-linux's order, which shows where an abbreviation is ambiguous. */
export const OPTIONS: readonly Option[] = [
  { group: "Format", long: "json", short: "J", help: "print JSON" },
  {
    group: "Selection",
    long: "task",

    short: "p",
    value: "required",
    shown: "pid",
    help: "only what this process is in",
  },
  { group: "Other", long: "help", short: "h", help: "display this help" },
  {
    group: "Format",
    long: "output",
    short: "o",
    value: "required",
    shown: "list",
    values: COLUMN_NAMES,
    list: true,
    help: "print these columns; +LIST adds to the usual ones",
  },
  { long: "output-all", help: "print all columns of lsns(8)" },
  { group: "Selection", long: "persistent", short: "P", help: "only what no process is in" },
  {
    long: "filter",
    short: "Q",
    value: "required",
    shown: "expr",
    help: "only rows for which this is true, see scols-filter(5)",
  },
  { group: "Other", long: "version", short: "V", help: "display version" },
  {
    group: "Format",
    long: "notruncate",
    short: "u",
    help: "do not cut lines to the width of the terminal",
  },
  { long: "noheadings", short: "n", help: "print no headings" },
  { long: "nowrap", short: "W", help: "several mount points on one line, with commas between" },
  { long: "list", short: "l", help: "print a flat list, no tree" },
  { long: "raw", short: "r", help: "print one blank between cells, for programs" },
  { group: "Selection", ...TYPE_OPTION },
  {
    group: "Format",
    long: "tree",
    short: "T",
    value: "optional",
    attached: true,
    shown: "rel",
    values: RELATIONS,
    help: "draw a tree of owner (the default), parent or process",
  },
  { group: "Other", long: "list-columns", short: "H", help: "list the columns of lsns(8)" },
];

/** Groups of mutually exclusive options. */
const EXCLUSIVE: readonly (readonly string[])[] = [["json", "raw"], ["persistent", "task"]];

/** A whole number of the command line. */
function parseNumber(text: string, what: string, [from, to]: readonly [bigint, bigint]): bigint {
  const found = /^\s*([-+]?\d+)$/.exec(text);
  const invalid = `invalid ${what} argument: '${text}'`;
  if (!found) throw new UsageError(invalid);
  const number = BigInt(found[1]!.replace("+", ""));
  if (number < from || number > to) throw new UsageError(`${invalid}: ${errnoText(ERANGE)}`);
  return number;
}

const unknown = (what: string, word: string, among: readonly string[]): UsageError =>
  new UsageError(`unknown ${what}: ${word}`, false, { word, among });

function parseColumn(text: string): ColumnName {
  const name = COLUMN_NAMES.find((known) => known === text.toUpperCase());
  if (!name) throw unknown("column", text, COLUMN_NAMES);
  return name;
}

/** `A,B` replaces the default columns, `+A,B` adds to them. */
function parseColumns(text: string, usual: readonly ColumnName[]): readonly ColumnName[] {
  const names = text.replace(/^\+/, "").split(",");
  if (names.includes("")) throw new UsageError(`the list of columns has an empty name: '${text}'`);
  const columns = names.map(parseColumn);
  return text.startsWith("+") ? [...usual, ...columns] : columns;
}

function parseTree(text = "owner"): TreeRelation {
  const relation = RELATIONS.find((known) => known === text);
  if (!relation) throw unknown("tree type", text, RELATIONS);
  return relation;
}

function parseExpression(text: string): Filter {
  try {
    return parseFilter(text);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    throw new UsageError(`failed to parse "${text}": ${error.message}`);
  }
}

/** @throws {UsageError} */
export function parseLsns(words: readonly string[]): LsnsRequest | LsnsInfo {
  const values = new Map<string, string>();
  const types: NamespaceType[] = [];
  let [tree, filter, task]: [TreeRelation?, Filter?, number?] = [];
  let info: Info | undefined;
  const { operands } = getopt(OPTIONS, words, {
    permute: true,
    take({ long, value }) {
      const rival = EXCLUSIVE.find((group) => group.includes(long))
        ?.find((other) => other !== long && values.has(other));
      if (rival) throw new UsageError(`options --${rival} and --${long} cannot be combined`);
      values.set(long, value ?? "");
      if (long === "type") types.push(...parseTypes([value!]));
      else if (long === "tree") tree = parseTree(value);
      else if (long === "filter") filter = parseExpression(value!);
      else if (long === "task") task = Number(parseNumber(value!, "PID", [1n, 2n ** 31n - 1n]));
      else if (long === "help" || long === "version") info = long;
      return info !== undefined;
    },
  });
  if (info) return info;
  const format = values.has("json") ? "json" : values.has("raw") ? "raw" : "list";
  if (values.has("list-columns")) return format === "list" ? "columns" : `columns ${format}`;
  if (operands[0] !== undefined && task !== undefined) {
    throw new UsageError("--task is mutually exclusive with <namespace>");
  }
  const namespace = operands[0] === undefined
    ? undefined
    : parseNumber(operands[0], "namespace", [0n, 2n ** 64n - 1n]);
  const usual = usualColumns(values, types, namespace !== undefined);
  // With all columns it is no tree unless one is asked for: so it is in util-linux.
  const flat = values.has("list") || values.has("output-all") && namespace === undefined;
  return {
    format,
    columns: values.has("output") ? parseColumns(values.get("output")!, usual) : usual,
    tree: tree ?? (flat ? undefined : "process"),
    headings: !values.has("noheadings"),
    truncate: !values.has("notruncate"),
    wrap: !values.has("nowrap") && format === "list",
    types,
    persistent: values.has("persistent"),
    ...(task === undefined ? {} : { task }),
    ...(filter === undefined ? {} : { filter }),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

function usualColumns(
  given: ReadonlyMap<string, string>,
  types: readonly NamespaceType[],
  processes: boolean,
): readonly ColumnName[] {
  if (given.has("output-all")) return USUAL_NAMES;
  if (processes) return ["PID", "PPID", "USER", "COMMAND"];
  const net = types.includes("net") ? ["NETNSID", "NSFS"] as const : [];
  return ["NS", "TYPE", "NPROCS", "PID", "USER", ...net, "COMMAND"];
}
