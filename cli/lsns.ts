/** `nido lsns`: which namespaces exist, as lsns(8). */
import { type ListedNamespace, listNamespaces } from "../inspect/namespaces.ts";
import { SpecError } from "../launch/errors.ts";
import { calledAs } from "./command_line.ts";
import { FilterError } from "./lsns/filter/values.ts";
import { type Info, UsageError } from "./getopt.ts";
import {
  Cells,
  COLUMN_NAMES,
  type ColumnName,
  COLUMNS,
  type Subject,
  USUAL_NAMES,
} from "./lsns/columns.ts";
import { type LsnsInfo, type LsnsRequest, parseLsns } from "./lsns/options.ts";
import { byProcess, byRelation, ofProcesses, type RowMaker } from "./lsns/trees.ts";
import { write } from "./output.ts";
import { jsonText, listText, rawText, type Row, type Style } from "./table.ts";
import { isUtf8, terminalWidth } from "./terminal.ts";
import { sayOthersProc, sayUnseen, type Unseen } from "./unseen.ts";

function columnsText(info: Exclude<LsnsInfo, Info>): string {
  const columns = [{ name: "holder", right: true }, { name: "type" }, { name: "description" }];
  const rows = USUAL_NAMES.map((name) => ({
    cells: [name, COLUMNS[name].number ? "<integer>" : "<string>", COLUMNS[name].help],
    children: [],
  }));
  const style: Style = { headings: false, ascii: true, wrap: false };
  if (info === "columns json") return jsonText("lsns-columns", columns, rows);
  return info === "columns raw" ? rawText(columns, rows, style) : listText(columns, rows, style);
}

/** The names in the filter, as columns. @throws {SpecError} that has each name that is none. */
function filterColumns(request: LsnsRequest): Map<string, ColumnName> {
  const columns = new Map<string, ColumnName>();
  const unknown: string[] = [];
  for (const name of request.filter?.columns ?? []) {
    const column = COLUMN_NAMES.find((known) => known === name.toUpperCase());
    if (column) columns.set(name, column);
    else unknown.push(name);
  }
  if (unknown.length === 0) return columns;
  const each = [...new Set(unknown)].map((name) => `unknown column: ${name}`);
  const messages = [...each, "failed to initialize filter"];
  throw new SpecError(messages.map((message) => ({ path: "filter", message })));
}

/** Makes rows of those that pass the filter. */
function rowMaker(request: LsnsRequest, inFilter: ReadonlyMap<string, ColumnName>): RowMaker {
  const cells = new Cells();
  const passes = (subject: Subject): boolean =>
    request.filter?.test((name) => {
      const column = inFilter.get(name)!;
      const cell = cells.of(column, subject);
      if (cell === undefined || cell === "") return undefined;
      if (COLUMNS[column].number) return BigInt(Number(cell));
      return Array.isArray(cell) ? cell.join("\n") || undefined : String(cell);
    }) ?? true;
  return (subject) =>
    passes(subject)
      ? { cells: request.columns.map((column) => cells.of(column, subject)), children: [] }
      : undefined;
}

/** The rows that are asked for. @throws {UsageError} where the namespace is not there. */
function rowsOf(request: LsnsRequest): { rows: Row[]; unseen: Unseen } {
  const inFilter = filterColumns(request);
  const columns = [...request.columns, ...inFilter.values()];
  const { types, tree, namespace: asked } = request;
  const { namespaces, processes, ...unseen } = listNamespaces({
    ...(types.length > 0 ? { types } : {}),
    netnsid: columns.includes("NETNSID"),
    // For the namespaces of a process, only these columns need the mounts.
    mounts: request.task === undefined || columns.includes("NSFS") || columns.includes("PATH"),
  });
  const row = rowMaker(request, inFilter);
  if (asked !== undefined) {
    const namespace = namespaces.find(({ ns }) => BigInt(ns) === asked);
    if (!namespace) throw new UsageError(`not found namespace: ${asked}`);
    return { rows: ofProcesses(namespace, tree === "process", row), unseen };
  }
  const chosen = namespaces.filter((namespace) => isChosen(namespace, request));
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  const rows = tree === undefined || tree === "process"
    ? byProcess(chosen, tree ? byPid : new Map(), row)
    : byRelation(tree, chosen, namespaces, row);
  return { rows, unseen };
}

function isChosen({ processes }: ListedNamespace, { task, persistent }: LsnsRequest): boolean {
  if (persistent && processes.length > 0) return false;
  return task === undefined || processes.some(({ pid }) => pid === task);
}

function tableText({ columns, format, tree, headings, truncate, wrap }: LsnsRequest, rows: Row[]) {
  const treeColumn = tree === "process" ? "COMMAND" : tree ? "NS" : undefined;
  const shown = columns.map((name) => ({
    ...COLUMNS[name],
    tree: name === treeColumn,
    right: COLUMNS[name].right === true && name !== treeColumn,
    truncate: COLUMNS[name].truncate === true && truncate,
  }));
  const style: Style = { headings, ascii: !isUtf8(), wrap, width: terminalWidth() };
  if (format === "json") return jsonText("namespaces", shown, rows);
  return format === "raw" ? rawText(shown, rows, style) : listText(shown, rows, style);
}

/** Whether a person reads the list who did not ask for util-linux's lsns: scripts may take notes for a part of the list. */
function isForPerson({ format, headings, task }: LsnsRequest): boolean {
  return format === "list" && headings && task === undefined &&
    Deno.stderr.isTerminal() && calledAs() !== "lsns";
}

/** Runs `nido lsns`. @throws {UsageError} */
export function lsns(words: readonly string[]): number | Info {
  const request = parseLsns(words);
  if (request === "help" || request === "version") return request;
  if (typeof request === "string") {
    write(columnsText(request));
    return 0;
  }
  try {
    const { rows, unseen } = rowsOf(request);
    write(tableText(request, rows));
    if (isForPerson(request)) {
      sayOthersProc("lsns");
      sayUnseen("lsns", unseen);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    throw new UsageError(`failed to apply filter: ${error.message}`);
  }
}
