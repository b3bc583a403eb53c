/** What keeps a path busy, in words and for programs. */
import { shellWord } from "../../ffi/shell_word.ts";
import { type Busy, findBusy, isCgroup, ownMounts } from "../../inspect/busy/find.ts";
import { type PathSubject, subjectAt } from "../../inspect/busy/subject.ts";
import { flow } from "../lines.ts";
import { count } from "../words.ts";
import { type AnswerPen, holdingLines, MARGIN } from "./lines.ts";
import { isRootHere, type PathHolding, pathHoldings } from "./path_holding.ts";
import { PathWitnesses } from "./path_witness.ts";

/** Without --all not more of a kind than these are listed. */
const FEW = 12;

/** A path with all that holds it. */
export interface PathAnswer {
  readonly busy: Busy;
  readonly holdings: readonly PathHolding[];
  /** What is to be done when the holders are gone, and what can be done before. */
  readonly then: readonly { readonly free: string; readonly note?: string }[];
}

/** @param path Absolute, without links. */
export function pathAnswer(path: string, ascii: boolean): PathAnswer {
  const ours = ownMounts();
  const busy = findBusy(subjectAt(path, ours), ours);
  const witness = new PathWitnesses();
  const holdings = pathHoldings(busy, ascii, witness);
  const isBusy = holdings.some(({ kind }) => kind !== "mount");
  const word = shellWord(path, ascii);
  if (isCgroup(busy.subject) && isBusy) {
    return { busy, holdings, then: [{ free: `rmdir ${word}` }] };
  }
  const then = isRootHere(busy) ? [] : thenFor(busy.subject, isBusy, word, witness.isRoot);
  return { busy, holdings, then };
}

function thenFor(
  { kind }: PathSubject,
  isBusy: boolean,
  word: string,
  isRoot: boolean,
): PathAnswer["then"] {
  if (kind !== "mount") return [];
  const root = isRoot ? [] : ["as root"];
  const lazy = ["hides it now; it goes when they let go", ...root].join("; ");
  return [
    { free: `umount ${word}`, ...(isRoot ? {} : { note: "as root" }) },
    ...(isBusy ? [{ free: `umount -l ${word}`, note: lazy }] : []),
  ];
}

/** What it is. */
function factsOf({ kind, dev, mount }: PathSubject): string[] {
  switch (kind) {
    case "mount":
      return [`${mount!.fsType} of ${mount!.source || "nothing"}`, "mounted here"];
    case "block device":
    case "character device":
      return [`${kind} ${dev}`];
    case "gone":
      return ["not here"];
    case "directory":
      return [
        ...(mount ? [`in ${mount.fsType} mounted on ${mount.mountPoint}`] : []),
        "no mount point here",
      ];
  }
}

/** Those that are listed, and what is said of the others. */
function shortened(holdings: readonly PathHolding[]): { shown: PathHolding[]; more: string[] } {
  const kinds = ["process", "mount"] as const;
  const hidden = kinds.map((kind) => holdings.filter((one) => one.kind === kind).slice(FEW));
  const [processes, mounts] = hidden.map(({ length }) => length) as [number, number];
  const left = new Set(hidden.flat());
  return {
    shown: holdings.filter((one) => !left.has(one)),
    more: [
      ...(processes > 0 ? [count(processes, "more process", "more processes")] : []),
      ...(mounts > 0 ? [count(mounts, "more mount")] : []),
    ],
  };
}

/** The text. */
export function pathText(
  { busy, holdings, then }: PathAnswer,
  all: boolean,
  { width, isTerminal, ...pen }: AnswerPen,
): string {
  const { subject } = busy;
  const facts = [
    ...factsOf(subject),
    ...(isRootHere(busy) ? ["with the root directory, which nothing frees"] : []),
  ];
  const items = facts.map((fact, i) => [
    { text: i < facts.length - 1 ? `${fact},` : fact, look: "dim" as const },
  ]);
  const title = flow(
    [[{ text: `${subject.path}:`, look: "bold" }], ...items],
    width,
    pen,
    width,
    " ",
  );
  const { shown, more } = all ? { shown: holdings, more: [] } : shortened(holdings);
  const room = { ...pen, width: isTerminal ? width : Infinity };
  const last = then.map((one, i) => ({ what: i === 0 ? "then" : "or at once", ...one }));
  const lines = [
    ...title.map(({ text }, i) => (i === 0 ? "" : " ".repeat(2 * MARGIN)) + text),
    ...holdingLines(shown, room, (i) => all ? shown[i]!.lines : []),
    ...(holdings.length === 0 ? ["  nothing that can be seen holds it"] : []),
    ...(more.length > 0 ? [`  and ${more.join(" and ")}: see --all`] : []),
    ...holdingLines(last, room),
  ];
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

/** The JSON. */
export function pathJson({ busy, holdings, then }: PathAnswer): unknown {
  const { path, kind, dev, mount } = busy.subject;
  return {
    path,
    kind: kind === "mount" ? "mount point" : kind,
    device: dev ?? null,
    mount: mount
      ? { path: mount.mountPoint, type: mount.fsType, source: mount.source, root: mount.root }
      : null,
    holders: holdings.map(({ kind, what, free, note, facts }) => ({
      kind,
      ...facts,
      what,
      free,
      note: note ?? null,
    })),
    then: then.map(({ free, note }) => ({ free, note: note ?? null })),
  };
}
