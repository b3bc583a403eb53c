/** Draws the map for a terminal. */
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import { flow, framed, indent, type Line, lineOf, type Pen, type Span } from "../lines.ts";
import { namespaceSpans, processSpans, remarkSpans } from "../tree/draw.ts";
import {
  type Cell,
  elsewhereNotes,
  type NamespaceMap,
  type NetCard,
  type PidBox,
  type UserBox,
} from "./model.ts";

/** How to draw. */
export interface MapTextOptions extends Pen {
  /** Columns. */
  readonly width: number;
  /** How many processes of a cell are named. */
  readonly most: number;
}

const LEAST_WIDTH = 24;
const FRAME_WIDTH = 4;

type Item = readonly Span[];

const dim = (text: string): Span => ({ text, look: "dim" });

/** Draws; knows the pairs. */
class Drawing {
  readonly #options: MapTextOptions;
  /** The other ends of veth pairs by `ns name`. */
  readonly #others = new Map<string, Item>();

  constructor({ pairs }: NamespaceMap, options: MapTextOptions) {
    this.#options = options;
    const sign = options.ascii ? " <-> " : " ⇄ ";
    for (const [a, b] of pairs) {
      for (const [one, other] of [[a, b], [b, a]] as const) {
        const where = one.ns === other.ns ? [] : [dim(" in "), ...namespaceSpans("net", other.ns)];
        this.#others.set(`${one.ns} ${one.name}`, [dim(sign), { text: other.name }, ...where]);
      }
    }
  }

  user(box: UserBox, width: number): Line[] {
    const room = this.#room(width);
    const lines = [
      ...this.#notes(box.notes, room),
      ...box.cells.flatMap((cell) => this.#cell(cell, room)),
      ...box.pids.flatMap((pid) => this.#pid(pid, room)),
      ...box.nets.flatMap((net) => this.#net(net, room)),
      ...box.held.flatMap(({ type, ns, held }) =>
        this.#sentence([[...namespaceSpans(type, ns)], [dim(" held by")], [{ text: held }]], room)
      ),
      ...box.boxes.flatMap((inner) => this.user(inner, room)),
    ];
    return this.#frame("user", namespaceSpans("user", box.ns), lines, room);
  }

  #room(width: number): number {
    return Math.max(LEAST_WIDTH, width - FRAME_WIDTH);
  }

  #line(spans: Item, width: number): Line {
    return lineOf(spans, width, this.#options);
  }

  /** Broken at words where it is longer than the room. */
  #sentence(items: readonly Item[], room: number): Line[] {
    return flow(items, room, this.#options, room, " ");
  }

  #frame(type: NamespaceType, title: Item, lines: readonly Line[], room: number): Line[] {
    return framed(this.#line(title, room - 2), lines, type, this.#options);
  }

  #notes(notes: readonly string[], room: number): Line[] {
    const { ascii } = this.#options;
    const items = notes.map((note, i) => [
      dim((ascii ? note.replaceAll("–", "-") : note) + (i < notes.length - 1 ? "," : "")),
    ]);
    return this.#sentence(items, room);
  }

  #cell({ namespaces, container, processes }: Cell, room: number): Line[] {
    const { most } = this.#options;
    const chips: Item[] = [
      ...(container === undefined ? [] : [[{ text: container, look: "bold" as const }]]),
      ...namespaces.map(({ type, ns }) => namespaceSpans(type, ns)),
    ];
    // Below their namespaces, where these are named, and a little to the right.
    const before = chips.length > 0 ? "  " : "";
    const width = room - before.length;
    const shown = processes.slice(0, most).map(({ pids, name, ended }) => [
      ...processSpans(pids, name, width, this.#options),
      ...remarkSpans(ended),
    ]);
    const rest = processes.length - shown.length;
    const more = rest > 0 ? [[dim(`and ${rest} more`)]] : [];
    return [
      ...flow(chips, room, this.#options),
      ...flow([...shown, ...more], width, this.#options)
        .map((line) => indent(line, before, undefined, this.#options)),
    ];
  }

  #pid({ ns, parent, held, elsewhere, cells, boxes }: PidBox, width: number): Line[] {
    const room = this.#room(width);
    const name = namespaceSpans("pid", ns);
    const from = parent === undefined ? [] : [dim("in "), { text: `pid:[${parent}]` }];
    // In the edge of the frame, where that is long enough.
    const edge = parent === undefined ? name : [...name, dim(" "), ...from];
    const isInEdge = this.#line(edge, Infinity).width <= room - 2;
    const lines = [
      ...(isInEdge ? [] : [this.#line(from, room)]),
      ...(held === undefined ? [] : this.#sentence([[dim("held by")], [{ text: held }]], room)),
      ...elsewhereNotes(elsewhere).flatMap((note) => this.#sentence([[dim(note)]], room)),
      ...cells.flatMap((cell) => this.#cell(cell, room)),
      ...boxes.flatMap((inner) => this.#pid(inner, room)),
    ];
    return this.#frame("pid", isInEdge ? edge : name, lines, room);
  }

  #net({ ns, links, processes, held }: NetCard, width: number): Line[] {
    const room = this.#room(width);
    const who = processes > 0
      ? [[dim(processes === 1 ? "1 process" : `${processes} processes`)]]
      : held === undefined
      ? []
      : [[dim("held by")], [{ text: held }]];
    const items = links?.map((name): Item => [
      { text: name, look: "net" },
      ...this.#others.get(`${ns} ${name}`) ?? [],
    ]) ?? [];
    const lines = [
      ...this.#sentence(who, room),
      ...(links ? [] : this.#sentence([[dim("its interfaces cannot be read by you")]], room)),
      ...flow(items, room, this.#options),
    ];
    return this.#frame("net", namespaceSpans("net", ns), lines, room);
  }
}

/** The map as text. */
export function mapText(map: NamespaceMap, options: MapTextOptions): string {
  const drawing = new Drawing(map, options);
  return map.roots.flatMap((root) => drawing.user(root, options.width))
    .map(({ text }) => `${text.trimEnd()}\n`).join("");
}
