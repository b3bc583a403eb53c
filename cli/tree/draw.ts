/** Draws a process tree with the borders of namespaces. */
import { safe } from "../../ffi/bytes.ts";
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
import { textWidth } from "../text.ts";
import type { BorderPiece, Piece, ProcessPiece } from "./borders.ts";

/** How to draw. */
export interface DrawOptions extends Pen {
  /** Columns; Infinity where nothing need be cut. */
  readonly width: number;
  /** Whether to print the arguments of processes, not only their names. */
  readonly commands?: boolean;
  /** What else is to be said of a process. */
  readonly noteOf?: (node: ProcessNode) => string | undefined;
}

/** What is drawn in less than this is drawn further down: PIDs and a name take as much. */
const LEAST_WIDTH = 28;
/** How much of a name, or of arguments, is worth more than the PIDs in the middle. */
const NAME_WIDTH = 15;
/** Both sides of a frame. */
const FRAME_WIDTH = 4;

/** The PIDs of a process, the caller's first, with arrows between. */
export function pidSpans(pids: readonly number[], arrow: string): Span[] {
  return pids.flatMap((pid, i) => [
    ...(i > 0 ? [{ text: arrow, look: "dim" as const }] : []),
    { text: String(pid), ...(i > 0 && i === pids.length - 1 ? { look: "bold" as const } : {}) },
  ]);
}

/** PIDs and a name: where they need more columns, the PIDs between the caller's and the innermost are left out. */
export function processSpans(
  pids: readonly number[],
  name: string,
  width: number,
  pen: Pen,
): Span[] {
  const { arrow, more } = strokesOf(pen);
  const all = pidSpans(pids, arrow);
  const needed = all.reduce((sum, { text }) => sum + textWidth(text), 1) +
    Math.min(NAME_WIDTH, textWidth(safe(name, pen.ascii)));
  const fits = needed <= width || pids.length < 3;
  const between: Span[] = [{ text: more, look: "dim" }, { text: arrow, look: "dim" }];
  return [...(fits ? all : [...all.slice(0, 2), ...between, ...all.slice(-1)]), {
    text: ` ${name}`,
  }];
}

/** `pid:[4026532441]`; a question mark where the caller may not look. */
export function namespaceSpans(type: NamespaceType, ns: number | undefined): Span[] {
  return [{ text: type, look: type }, { text: `:[${ns ?? "?"}]` }];
}

/** A remark about a process, such as what has ended of it, if there is one. */
export function remarkSpans(remark: string | undefined): Span[] {
  return remark === undefined ? [] : [{ text: ` (${remark})`, look: "dim" }];
}

/** How many columns a piece needs at the least. */
const leastOf = (piece: Piece): number =>
  piece.kind === "border" ? LEAST_WIDTH + FRAME_WIDTH : LEAST_WIDTH;

/** Draws; what has no room where it belongs comes at the end, from the left margin on. */
class Drawing {
  readonly #options: DrawOptions;
  readonly #later: ProcessPiece[] = [];

  constructor(options: DrawOptions) {
    this.#options = options;
  }

  lines(pieces: readonly Piece[]): Line[] {
    const { width } = this.#options;
    const lines = pieces.flatMap((piece) => this.#piece(piece, width));
    for (let piece = this.#later.shift(); piece; piece = this.#later.shift()) {
      const { pids, name } = piece.node;
      const below = { text: `${strokesOf(this.#options).more} below `, look: "dim" } as const;
      const process = processSpans(pids, name, width - textWidth(below.text), this.#options);
      lines.push(lineOf([below, ...process], width, this.#options));
      lines.push(...piece.below.flatMap((one) => this.#piece(one, width)));
    }
    return lines;
  }

  #piece(piece: Piece, width: number): Line[] {
    return piece.kind === "process" ? this.#process(piece, width) : this.#border(piece, width);
  }

  #process(piece: ProcessPiece, width: number): Line[] {
    const { inner, last, past, none } = strokesOf(this.#options);
    const room = width - inner.length;
    // At the margin there is no better place.
    if (width < this.#options.width && piece.below.some((one) => leastOf(one) > room)) {
      this.#later.push(piece);
      return [this.#line(piece.node, width, true)];
    }
    const lines = [this.#line(piece.node, width, false)];
    for (const [i, below] of piece.below.entries()) {
      const isLast = i === piece.below.length - 1;
      const drawn = this.#piece(below, Math.max(LEAST_WIDTH, room));
      for (const [j, line] of drawn.entries()) {
        const before = j === 0 ? (isLast ? last : inner) : isLast ? none : past;
        lines.push(indent(line, before, "dim", this.#options));
      }
    }
    return lines;
  }

  /** @param isCut Whether what is below comes later. */
  #line(node: ProcessNode, width: number, isCut: boolean): Line {
    const { pids, name, command } = node;
    const said = this.#options.commands && command !== "" ? command : name;
    const behind: Span[] = [
      ...remarkSpans(endedWords(node)),
      ...remarkSpans(this.#options.noteOf?.(node)),
      ...(isCut ? [{ text: ` ${strokesOf(this.#options).more}`, look: "dim" as const }] : []),
    ];
    const room = behind.reduce((left, { text }) => left - textWidth(text), width);
    const process = lineOf(processSpans(pids, said, room, this.#options), room, this.#options);
    const rest = lineOf(behind, Infinity, this.#options);
    return { text: process.text + rest.text, width: process.width + rest.width };
  }

  #border({ namespaces, like, container, inside }: BorderPiece, width: number): Line[] {
    const room = Math.max(LEAST_WIDTH, width - FRAME_WIDTH);
    const titles: Span[][] = [
      ...(container === undefined ? [] : [[{ text: container, look: "bold" as const }]]),
      ...namespaces.map(({ type, ns }) => namespaceSpans(type, ns)),
      ...(like === undefined ? [] : [[{ text: `as ${like}`, look: "dim" as const }]]),
    ];
    const [title, ...more] = flow(titles, room, this.#options, room - 2);
    const lines = inside.flatMap((piece) => this.#process(piece, room));
    return framed(title, [...more, ...lines], namespaces[0]!.type, this.#options);
  }
}

/** The drawing, as text. */
export function drawTree(pieces: readonly Piece[], options: DrawOptions): string {
  return new Drawing(options).lines(pieces).map(({ text }) => `${text.trimEnd()}\n`).join("");
}
