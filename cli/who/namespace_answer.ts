/** What keeps a namespace alive, in words and for programs. */
import type { Holder } from "../../inspect/holder.ts";
import { Containers } from "../../inspect/container/find.ts";
import type { ListedNamespace, NamespaceList } from "../../inspect/namespaces.ts";
import { isOthersProc, ownPid } from "../../inspect/own_proc.ts";
import { labelOf } from "../belonging.ts";
import { UsageError } from "../getopt.ts";
import { flow } from "../lines.ts";
import { namespaceSpans } from "../tree/draw.ts";
import { count } from "../words.ts";
import { type Holding, holdingOf, livesOn, othersHolding } from "./holding.ts";
import { type AnswerPen, holdingLines, MARGIN } from "./lines.ts";
import type { NamespaceSubject } from "./subject.ts";
import { Witnesses } from "./witnesses.ts";

/** Without --all not more processes than these are listed. */
const FEW = 12;

/** Inode numbers below are of the namespaces that the kernel starts with. @see PROC_DYNAMIC_FIRST in the kernel's include/linux/proc_ns.h */
const DYNAMIC_FIRST = 0xf0000000;

/** A namespace with all that holds it. */
export interface Answer {
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
export function answer(
  subject: NamespaceSubject,
  { namespaces }: NamespaceList,
  ascii: boolean,
): Answer {
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

/** The text. */
export function answerText(
  { namespace, holdings, lives, container }: Answer,
  all: boolean,
  { width, isTerminal, ...pen }: AnswerPen,
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

/** The JSON. @param holders Those of the holdings. */
export function answerJson(
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
