/** Draws a process tree with the borders of namespaces. */
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import type { ProcessNode } from "../../inspect/process_tree.ts";
import { endedWords } from "../../inspect/status.ts";
import {
  flow,
  framed,
  indent,
  type Line,
  lineOf,
  type Pen,
  type Span,
  strokesOf,
} from "../lines.ts";
import type { BorderPiece, Piece, ProcessPiece } from "./borders.ts";

/** How to draw. */
export interface DrawOptions extends Pen {
  /** Columns; Infinity where nothing need be cut. */
  readonly width: number;
  /** Whether to print the arguments of processes, not only their names. */
  readonly commands?: boolean;
}

/** However deep the tree is, this much of a line is left to print something in. */
const LEAST_WIDTH = 24;

/** The PIDs of a process, the caller's first, with arrows between. */
export function pidSpans(pids: readonly number[], arrow: string): Span[] {
  return pids.flatMap((pid, i) => [
    ...(i > 0 ? [{ text: arrow, look: "dim" as const }] : []),
    { text: String(pid), ...(i > 0 && i === pids.length - 1 ? { look: "bold" as const } : {}) },
  ]);
}

/** `pid:[4026532441]`; a question mark where the caller may not look. */
export function namespaceSpans(type: NamespaceType, ns: number | undefined): Span[] {
  return [{ text: type, look: type }, { text: `:[${ns ?? "?"}]` }];
}

/** What has ended of a process, in words, if something has. */
export function endedSpans(ended: string | undefined): Span[] {
  return ended === undefined ? [] : [{ text: ` (${ended})`, look: "dim" }];
}

function processLine(node: ProcessNode, width: number, options: DrawOptions): Line {
  const { pids, name, command } = node;
  const said = options.commands && command !== "" ? command : name;
  return lineOf(
    [
      ...pidSpans(pids, strokesOf(options).arrow),
      { text: ` ${said}` },
      ...endedSpans(endedWords(node)),
    ],
    width,
    options,
  );
}

function processLines({ node, below }: ProcessPiece, width: number, options: DrawOptions): Line[] {
  const { inner, last, past, none } = strokesOf(options);
  const lines = [processLine(node, width, options)];
  for (const [i, piece] of below.entries()) {
    const isLast = i === below.length - 1;
    const drawn = pieceLines(piece, Math.max(LEAST_WIDTH, width - inner.length), options);
    for (const [j, line] of drawn.entries()) {
      const before = j === 0 ? (isLast ? last : inner) : isLast ? none : past;
      lines.push(indent(line, before, "dim", options));
    }
  }
  return lines;
}

function borderLines(
  { namespaces, like, inside }: BorderPiece,
  width: number,
  options: DrawOptions,
): Line[] {
  const room = Math.max(LEAST_WIDTH, width - 4);
  const titles = [
    ...namespaces.map(({ type, ns }) => namespaceSpans(type, ns)),
    ...(like === undefined ? [] : [[{ text: `as ${like}`, look: "dim" as const }]]),
  ];
  const [title, ...more] = flow(titles, room, options, room - 2);
  const lines = inside.flatMap((piece) => processLines(piece, room, options));
  return framed(title, [...more, ...lines], namespaces[0]!.type, options);
}

function pieceLines(piece: Piece, width: number, options: DrawOptions): Line[] {
  return piece.kind === "process"
    ? processLines(piece, width, options)
    : borderLines(piece, width, options);
}

/** The drawing, as text. */
export function drawTree(pieces: readonly Piece[], options: DrawOptions): string {
  return pieces.flatMap((piece) => pieceLines(piece, options.width, options))
    .map(({ text }) => `${text.trimEnd()}\n`).join("");
}
