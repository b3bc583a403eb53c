/**
 * The wires between the two ends of veth pairs. They run where there is nothing else: down beside
 * a card, in the lane below its row, and where they go to another row, in a bus at the right.
 */
import { type Canvas, column, type Place, round, rowsOf, type Shape } from "./shapes.ts";

/** A shape with wires that leave it at its right side. */
export interface Card {
  readonly shape: Shape;
  /** The names of the anchors that wires are tied to. */
  readonly wired: readonly string[];
}

/** Where a wire runs from its end on. */
interface Way {
  /** Beside the card. */
  readonly x: number;
  /** Below the row. */
  readonly y: number;
  readonly card: number;
  readonly row: number;
}

/** Between two wires. */
const PITCH = 6;
/** Between a wire and what is no wire. */
const CLEAR = 9;
const GAP = 12;
const RADIUS = 5;

/** How much room this many wires take beside each other. */
export function roomFor(wires: number): number {
  return wires === 0 ? 0 : 2 * CLEAR + (wires - 1) * PITCH;
}

/** The ways of all wires of a picture. */
export class Wiring {
  /** Where the bus begins. */
  bus = 0;
  readonly #ways = new Map<string, Way>();
  #cards = 0;
  #rows = 0;
  #onBus = 0;

  /** Cards in rows, with room for wires beside each and below each row. */
  shelf(cards: readonly Card[], width: number): Shape {
    const fitted = cards.map(({ shape, wired }) => ({
      ...shape,
      inner: shape,
      wired,
      width: shape.width + roomFor(wired.length),
    }));
    const rows = rowsOf(fitted, width, GAP).map((row) => {
      const wires = row.reduce((sum, { wired }) => sum + wired.length, 0);
      const cardsHeight = Math.max(...row.map(({ height }) => height));
      return {
        width: row.reduce((sum, one) => sum + one.width, GAP * (row.length - 1)),
        height: cardsHeight + roomFor(wires),
        paint: (canvas: Canvas, { x, y }: Place): void => {
          const number = this.#rows++;
          let [at, lane] = [x, y + cardsHeight + CLEAR];
          for (const { inner, wired, width } of row) {
            inner.paint(canvas, { x: at, y, width: inner.width, height: cardsHeight });
            const card = this.#cards++;
            let beside = at + inner.width + CLEAR + (wired.length - 1) * PITCH;
            // The uppermost has the outermost way: so they do not cross.
            for (const name of wired) {
              this.#ways.set(name, { x: beside, y: lane, card, row: number });
              [beside, lane] = [beside - PITCH, lane + PITCH];
            }
            at += width + GAP;
          }
        },
      };
    });
    return column(rows, GAP);
  }

  /** Draws a wire, if both ends are there. */
  draw(canvas: Canvas, one: string, other: string): void {
    const ends = [one, other].map((name) => ({
      place: canvas.anchors.get(name),
      way: this.#ways.get(name),
    }));
    const [a, b] = ends;
    if (!a?.place || !a.way || !b?.place || !b.way) return;
    const [from, to] = [rightOf(a.place), rightOf(b.place)];
    const points = [from, ...this.#between(from, a.way, b.way, to), to];
    const d = rounded(points);
    canvas.path("halo", d);
    canvas.path("veth", d);
    for (const [x, y] of [from, to]) canvas.dot(x, y);
  }

  #between(from: Point, a: Way, b: Way, to: Point): Point[] {
    if (a.card === b.card) {
      const x = Math.min(a.x, b.x);
      return [[x, from[1]], [x, to[1]]];
    }
    const start: Point = [a.x, from[1]];
    const end: Point = [b.x, to[1]];
    if (a.row === b.row) return [start, [a.x, a.y], [b.x, a.y], end];
    const x = this.bus + CLEAR + this.#onBus++ * PITCH;
    return [start, [a.x, a.y], [x, a.y], [x, b.y], [b.x, b.y], end];
  }
}

type Point = readonly [x: number, y: number];

const rightOf = ({ x, y, width, height }: Place): Point => [x + width, y + height / 2];

/** A path with rounded corners. */
function rounded(points: readonly Point[]): string {
  const at = ([x, y]: Point): string => `${round(x)} ${round(y)}`;
  let d = `M${at(points[0]!)}`;
  for (let i = 1; i < points.length - 1; i++) {
    const [before, corner, after] = [points[i - 1]!, points[i]!, points[i + 1]!];
    const radius = Math.min(RADIUS, distance(before, corner) / 2, distance(corner, after) / 2);
    d += `L${at(towards(corner, before, radius))}Q${at(corner)} ${
      at(towards(corner, after, radius))
    }`;
  }
  return `${d}L${at(points.at(-1)!)}`;
}

const distance = ([x1, y1]: Point, [x2, y2]: Point): number => Math.hypot(x2 - x1, y2 - y1);

function towards(from: Point, to: Point, length: number): Point {
  const whole = distance(from, to);
  if (whole === 0) return from;
  const part = length / whole;
  return [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part];
}
