/** `nido who`: what keeps namespaces alive, and what frees them. */
import { NAMESPACE_TYPES } from "../ffi/abi/namespaces.ts";
import { Containers } from "../inspect/container/find.ts";
import type { Holder } from "../inspect/holder.ts";
import { type ListedNamespace, listNamespaces, type NamespaceList } from "../inspect/namespaces.ts";
import { isOthersProc, ownPid } from "../inspect/own_proc.ts";
import { labelOf } from "./belonging.ts";
import { COLOUR_OPTION, colourSettings, paintFor } from "./colour.ts";
import { getopt, type Info, type Option, UsageError } from "./getopt.ts";
import { flow, lineOf, type Pen } from "./lines.ts";
import { HELP_OPTION, json, JSON_OPTION, parseTypes, TYPE_OPTION, write } from "./output.ts";
import { isUtf8, terminalWidth } from "./terminal.ts";
import { textWidth, wrapped } from "./text.ts";
import { namespaceSpans } from "./tree/draw.ts";
import { sayOthersProc, sayUnseen } from "./unseen.ts";
import { count } from "./words.ts";
import { type Holding, holdingOf, livesOn, othersHolding } from "./who/holding.ts";
import { type Subject, subjectsOf } from "./who/subject.ts";
import { Witnesses } from "./who/witnesses.ts";

/** The options. */
export const OPTIONS: readonly Option[] = [
  { ...TYPE_OPTION, help: `of a process, ${TYPE_OPTION.help}` },
  { long: "all", short: "a", help: "list all processes, however many" },
  COLOUR_OPTION,
  JSON_OPTION,
  HELP_OPTION,
];

/** Without --all not more processes than these are listed. */
const FEW = 12;

/** Inode numbers below are of the namespaces that the kernel starts with. @see PROC_DYNAMIC_FIRST in the kernel's include/linux/proc_ns.h */
const DYNAMIC_FIRST = 0xf0000000;

/** A namespace with all that holds it. */
interface Answer {
  readonly namespace: ListedNamespace;
  readonly holdings: readonly Holding[];
  /** Why nothing frees it. */
  readonly lives?: string;
  /** The container that all processes in it are in, if the caller is not. */
  readonly container?: string;
}

/** A holder without what frees from it, where that is said with a PID that is somebody else's here. */
function withoutPid(holder: Holder, holding: Holding): Holding {
  const { kind, what } = holding;
  return "pid" in holder && kind !== "mount" ? { kind, what, free: null } : holding;
}

/** @throws {UsageError} where it is not in sight. */
function answer(subject: Subject, { namespaces }: NamespaceList, ascii: boolean): Answer {
  const namespace = namespaces.find(({ type, ns }) =>
    ns === subject.ns && (subject.type === undefined || subject.type === type)
  );
  if (!namespace) {
    const name = subject.type ? `${subject.type}:[${subject.ns}]` : String(subject.ns);
    throw new UsageError(`no namespace ${name} is in sight; nido lsns lists them`);
  }
  const witness = new Witnesses();
  const others = isOthersProc();
  const holdings = othersHolding(namespace, namespaces, ownPid()).map((holder) => {
    const holding = holdingOf(holder, witness, ascii);
    return others ? withoutPid(holder, holding) : holding;
  });
  const lives = namespace.ns < DYNAMIC_FIRST
    ? "the machine's first: it always lives"
    : !others && livesOn(holdings)
    ? "nothing frees it from here"
    : undefined;
  const container = commonContainer(namespace);
  const facts = { namespace, ...(container === undefined ? {} : { container }) };
  if (lives === undefined) return { ...facts, holdings };
  // What would end single processes, and free nothing, is not said.
  const shown = holdings.map(({ free, note, ...rest }) => ({
    ...rest,
    free: null,
    ...(free === null && note !== undefined ? { note } : {}),
  }));
  return { ...facts, holdings: shown, lives };
}

/** The container of all processes in a namespace, in few words; undefined if the caller is in it too. */
function commonContainer({ processes }: ListedNamespace): string | undefined {
  const containers = new Containers();
  const labels = new Set(processes.map(({ pid }) => labelOf(containers, pid)));
  const [only] = labels;
  return labels.size === 1 && !processes.some(({ pid }) => pid === ownPid()) ? only : undefined;
}

/** How wide text for people is where there is no terminal. */
const USUAL_WIDTH = 80;

/** The column of commands is not further right than this: what is longer gets two lines. */
const LONGEST = 44;
const MARGIN = 2;

/** What frees is never broken: a shell is to read it. What else there is to say may have lines of its own. */
function holdingLines(
  holdings: readonly Holding[],
  { width, ...pen }: Pen & { width: number },
): string[] {
  const whats = holdings.map(({ what }) => lineOf([{ text: what }], Infinity, pen));
  const column = Math.max(
    0,
    ...whats.map(({ width }) => width).filter((width) => width <= LONGEST),
  );
  const blank = (width: number): string => " ".repeat(width);
  const [bold, dim] = [
    (text: string) => pen.paint("bold", text),
    (text: string) => pen.paint("dim", text),
  ];
  return holdings.flatMap(({ free, note }, i) => {
    const what = whats[i]!;
    const start = blank(MARGIN) + what.text;
    // A command is safe as it is: shellWord() has seen to that, and a shell must read it.
    const commands = free === null ? [] : [free];
    const notes = note === undefined ? [] : [`# ${note}`];
    if (free === null && note === undefined) return [start];
    const beside = [...commands.map(bold), ...notes.map(dim)].join("  ");
    const isShort = what.width <= column;
    const before = isShort ? blank(column - what.width + 2) : blank(3 * MARGIN);
    const used = textWidth([...commands, ...notes].join("  ")) +
      (isShort ? MARGIN + column + 2 : before.length);
    if (used <= width) return isShort ? [start + before + beside] : [start, before + beside];
    const margin = blank(3 * MARGIN);
    const lines = notes.flatMap((one) => wrapped(one, width - margin.length, MARGIN).split("\n"));
    return [
      start,
      ...commands.map((one) => margin + bold(one)),
      ...lines.map((one) => margin + dim(one)),
    ];
  });
}

function answerText(
  { namespace, holdings, lives, container }: Answer,
  all: boolean,
  { width, isTerminal, ...pen }: Pen & { width: number; isTerminal: boolean },
): string {
  const { type, ns, owner, parent, makerUid } = namespace;
  const above = type === "user" || type === "pid" ? parent : undefined;
  const facts = [
    ...(container === undefined ? [] : [`of ${container}`]),
    ...(above === undefined ? [] : [`in ${type}:[${above}]`]),
    ...(owner === undefined || type === "user" ? [] : [`owned by user:[${owner}]`]),
    ...(makerUid === undefined ? [] : [`made by uid ${makerUid}`]),
    ...(lives === undefined ? [] : [lives]),
  ];
  const items = facts.map((fact, i) => [
    { text: i < facts.length - 1 ? `${fact},` : fact, look: "dim" as const },
  ]);
  const [title, ...more] = flow([namespaceSpans(type, ns), ...items], width, pen, width, " ");
  const processes = holdings.filter(({ kind }) => kind === "process");
  const hidden = all ? [] : processes.slice(FEW);
  const shown = holdings.filter((holding) => !hidden.includes(holding));
  const blank = " ".repeat(2 * MARGIN);
  const lines = [
    ...(title ? [title.text] : []),
    ...more.map(({ text }) => blank + text),
    ...holdingLines(shown, { ...pen, width: isTerminal ? width : Infinity }),
  ];
  if (hidden.length > 0) {
    lines.push(`  and ${count(hidden.length, "more process", "more processes")}: see --all`);
  }
  if (holdings.length === 0) {
    lines.push("  nothing that can be seen, but for this nido: it may be gone by now");
  }
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

function answerJson(
  { namespace, holdings, container }: Answer,
  holders: readonly unknown[],
): unknown {
  const { type, ns, owner, parent, makerUid } = namespace;
  return {
    type,
    ns,
    owner: owner ?? null,
    parent: parent ?? null,
    made_by: makerUid ?? null,
    first: ns < DYNAMIC_FIRST,
    container: container ?? null,
    holders: holdings.map(({ what, free, note }, i) => ({
      ...(holders[i] as object),
      what,
      free,
      note: note ?? null,
    })),
  };
}

/** Runs `nido who`. @throws {UsageError} */
export function who(words: readonly string[]): number | Info {
  const { given, operands } = getopt(OPTIONS, words, { permute: true });
  const has = (name: string): boolean => given.some(({ long }) => long === name);
  const values = (name: string): string[] =>
    given.flatMap(({ long, value }) => long === name ? [value ?? "always"] : []);
  if (has("help")) return "help";
  if (operands.length === 0) {
    throw new UsageError("which namespace? Give an inode number, a path or a PID", true);
  }
  const types = has("type") ? parseTypes(values("type")) : NAMESPACE_TYPES;
  sayOthersProc("nido who");
  const pen = {
    paint: paintFor(values("color").at(-1) ?? "auto", colourSettings()),
    ascii: !isUtf8(),
  };
  const subjects = operands.flatMap((operand) => subjectsOf(operand, types));
  const list = listNamespaces(searched(subjects));
  const answers = subjects.map((subject) => answer(subject, list, pen.ascii));
  if (has("json")) {
    const namespaces = answers.map((one) =>
      answerJson(one, othersHolding(one.namespace, list.namespaces, ownPid()))
    );
    write(json({ namespaces, unreadable: list.unreadable, hidepid: list.hidepid ?? null }));
  } else {
    const terminal = terminalWidth();
    const sizes = { width: terminal ?? USUAL_WIDTH, isTerminal: terminal !== undefined };
    write(answers.map((one) => answerText(one, has("all"), { ...pen, ...sizes })).join("\n"));
  }
  sayUnseen("nido who", list);
  return 0;
}

/** Types that have to be looked for: to see what a user namespace owns, all. */
function searched(subjects: readonly Subject[]): { types?: NonNullable<Subject["type"]>[] } {
  const types = subjects.flatMap(({ type }) => type ?? "user");
  return types.includes("user") ? {} : { types: [...new Set(types)] };
}
