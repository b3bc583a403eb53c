/** Makes shapes of the parts of the map: boxes of user and PID namespaces, cells of processes, cards of networks. */
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import { count } from "../words.ts";
import {
  type Cell,
  elsewhereNotes,
  type HeldCard,
  type NamespaceMap,
  type NetCard,
  type PidBox,
  type UserBox,
} from "./model.ts";
import {
  column,
  columns,
  frame,
  pill,
  row,
  type Shape,
  shelf,
  space,
  type Span,
  words,
} from "./shapes.ts";
import { type Card, roomFor, type Wiring } from "./wires.ts";

/** In pixels. */
export const WIDTH = 1120;
const PADDING = 12;
export const GAP = 12;
/** Processes below each other in a cell. */
const ROWS = 6;
const NARROWEST = 320;
/** Of user namespaces in a row, so that more are side by side. */
const NARROW = 240;

export const soft = (text: string): Span => ({ text, look: "soft" });

export const typeName = (type: NamespaceType): Span => ({ text: type, look: `name-${type}` });

const chip = ({ type, ns }: { type: NamespaceType; ns: number }): Shape =>
  pill([typeName(type), { text: ` ${ns}`, about: ["ns", ns] }], type);

/** What stands at the top of a box: a type, a number, and remarks, below each other where they are many. */
function heading(
  type: NamespaceType,
  ns: number | undefined,
  notes: readonly string[],
  width: number,
): Shape {
  const about = ns === undefined ? {} : { about: ["ns", ns] as const };
  const name = words([typeName(type), { text: ` ${ns ?? "?"}`, look: "strong", ...about }]);
  const remarks = notes.map((note, i) => words([soft(i < notes.length - 1 ? `${note},` : note)]));
  return shelf([name, ...remarks], width, PADDING, 0);
}

/** Makes shapes of the parts of the map. */
export class Draughtsman {
  readonly #most: number;
  readonly #wiring: Wiring;
  readonly #paired: ReadonlySet<string>;

  constructor({ pairs }: NamespaceMap, most: number, wiring: Wiring) {
    this.#most = most;
    this.#wiring = wiring;
    this.#paired = new Set(pairs.flat().map(anchorOf));
  }

  /** The outermost box, with the bus at its right. */
  root(box: UserBox, wires: number): Shape {
    const bus: Shape = {
      ...space(roomFor(wires)),
      paint: (_, { x }) => {
        this.#wiring.bus ||= x;
      },
    };
    return this.#user(box, WIDTH, true, bus);
  }

  /** @param outermost Networks stand next to those of the boxes below or above, so that wires are short. */
  #user(box: UserBox, width: number, outermost: boolean, bus = space(0)): Shape {
    const room = Math.max(NARROWEST, width - 2 * PADDING);
    const processes = shelf(
      [
        ...box.cells.map((cell) => this.#cell(cell)),
        ...box.pids.map((pid) => this.#pid(pid, room)),
      ],
      room,
      GAP,
    );
    const nets = this.#wiring.shelf(box.nets.map((net) => this.#net(net, room)), room);
    const held = shelf(box.held.map((one) => this.#held(one)), room, GAP);
    const inner = this.#users(box.boxes, room);
    const parts = outermost ? [processes, held, nets, inner] : [nets, processes, held, inner];
    const content = column(parts.filter(({ height }) => height > 0), GAP);
    const least = outermost ? NARROWEST : NARROW;
    const title = heading("user", box.ns, box.notes, Math.max(content.width, least));
    return this.#box("user", title, row([content, bus], 0));
  }

  /** What is beside a box would be in the way of its wires: boxes without are in rows, the others below each other. */
  #users(boxes: readonly UserBox[], room: number): Shape {
    const drawn = (wired: boolean): Shape[] =>
      boxes.filter((box) => this.#isWired(box) === wired)
        .map((box) => this.#user(box, room, false));
    const parts = [column(drawn(true), GAP), shelf(drawn(false), room, GAP)];
    return column(parts.filter(({ height }) => height > 0), GAP);
  }

  #isWired({ nets, boxes }: UserBox): boolean {
    return boxes.some((box) => this.#isWired(box)) ||
      nets.some(({ ns, links }) => links?.some((name) => this.#paired.has(anchorOf({ ns, name }))));
  }

  #box(type: NamespaceType, title: Shape, content: Shape): Shape {
    const inside = content.height > 0 ? column([title, content], 6) : title;
    return frame(inside, `box-${type}`, { padding: PADDING, radius: 10 });
  }

  #pid({ ns, parent, held, elsewhere, cells, boxes }: PidBox, width: number): Shape {
    const room = Math.max(NARROWEST, width - 2 * PADDING);
    const notes = [
      ...(parent === undefined ? [] : [`child of pid ${parent}`]),
      ...elsewhereNotes(elsewhere),
      ...(held === undefined ? [] : [`held by ${held}`]),
    ];
    const content = shelf(
      [...cells.map((cell) => this.#cell(cell)), ...boxes.map((box) => this.#pid(box, room))],
      room,
      GAP,
    );
    return this.#box("pid", heading("pid", ns, notes, Math.max(content.width, NARROWEST)), content);
  }

  #cell({ namespaces, container, processes }: Cell): Shape {
    const shown = processes.slice(0, this.#most).map(({ pids, name, ended }) =>
      words([
        ...(pids.length > 1 ? [soft(`${pids.slice(0, -1).join(" → ")} → `)] : []),
        { text: String(pids.at(-1)), look: "strong", about: ["pid", pids[0]!] },
        { text: ` ${name}`, about: ["pid", pids[0]!] },
        ...(ended === undefined ? [] : [soft(` (${ended})`)]),
      ])
    );
    const rest = processes.length - shown.length;
    const more = rest > 0 ? [words([soft(`and ${rest} more`)])] : [];
    const list = columns([...shown, ...more], ROWS, 18);
    const chips = namespaces.length > 0
      ? [shelf(namespaces.map(chip), Math.max(list.width, NARROWEST), 6)]
      : [];
    const title = container === undefined ? [] : [words([{ text: container, look: "strong" }])];
    return frame(column([...title, ...chips, list], 6), "cell", {
      padding: 9,
      radius: 6,
      stretch: false,
    });
  }

  /** Interfaces at the end of a wire stand at the right side, below each other. */
  #net({ ns, links, processes, held }: NetCard, width: number): Card {
    const notes = processes > 0
      ? [count(processes, "process", "processes")]
      : held === undefined
      ? []
      : [`held by ${held}`];
    const wired = (name: string): boolean => this.#paired.has(anchorOf({ ns, name }));
    const pills = (links ?? []).filter((name) => !wired(name))
      .map((name) => pill([{ text: name }], "net"));
    const plugs = (links ?? []).filter(wired)
      .map((name) => atRight(pill([{ text: name }], "net", anchorOf({ ns, name }))));
    const parts = [
      ...(links ? [] : [words([soft("its interfaces cannot be read")])]),
      ...(pills.length > 0 ? [shelf(pills, Math.min(width, NARROWEST), 6)] : []),
      ...(plugs.length > 0 ? [column(plugs, 4)] : []),
    ];
    const content = column(parts, 6);
    const title = heading("net", ns, notes, Math.max(NARROWEST, content.width));
    return {
      shape: this.#box("net", title, content),
      wired: (links ?? []).filter(wired).map((name) => anchorOf({ ns, name })),
    };
  }

  #held({ type, ns, held }: HeldCard): Shape {
    const name: Span[] = [typeName(type), { text: ` ${ns}`, look: "strong", about: ["ns", ns] }];
    return frame(
      column([words(name), words([soft(`held by ${held}`)])], 0),
      `held-${type}`,
      { padding: PADDING, radius: 10 },
    );
  }
}

/** Where a wire ends: at an interface of a network. */
export const anchorOf = ({ ns, name }: { ns: number; name: string }): string => `${ns} ${name}`;

/** A shape at the right side of its place. */
function atRight(shape: Shape): Shape {
  return {
    ...shape,
    paint: (canvas, place) =>
      shape.paint(canvas, {
        ...place,
        x: place.x + place.width - shape.width,
        width: shape.width,
      }),
  };
}
