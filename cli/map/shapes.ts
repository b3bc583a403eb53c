/** Shapes of a picture: each knows its size, and paints itself at a place. */
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import { safe } from "../../ffi/bytes.ts";
import { textWidth } from "../text.ts";
import { attributesOf } from "./style.ts";

/** Pixels for a column of the monospaced font: a little more than the widest usual font takes. */
const COLUMN = 7.4;
/** Of the font's size, 12 pixels: a line, and where in it the text stands. */
const LINE = 18;
const BASELINE = 13;

/** Where something is on the canvas. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Collects what is painted, in order. */
export class Canvas {
  readonly #isLive: boolean;
  readonly elements: string[] = [];
  /** Anchors for wires, by name. */
  readonly anchors = new Map<string, Place>();

  /** @param isLive Whether texts say what they are about, for the page that shows more of it. */
  constructor(isLive = false) {
    this.#isLive = isLive;
  }

  rect({ x, y, width, height }: Place, look: string, radius: number): void {
    this.elements.push(
      `<rect${attributesOf(look)} x="${round(x)}" y="${round(y)}" width="${round(width)}" ` +
        `height="${round(height)}" rx="${radius}"/>`,
    );
  }

  text(x: number, y: number, spans: readonly Span[]): void {
    const parts = spans.map(({ text, look, about }) => {
      const subject = this.#isLive && about ? ` data-${about[0]}="${about[1]}" tabindex="0"` : "";
      return look || subject
        ? `<tspan${look ? attributesOf(look) : ""}${subject}>${escapeXml(text)}</tspan>`
        : escapeXml(text);
    });
    this.elements.push(`<text x="${round(x)}" y="${round(y)}">${parts.join("")}</text>`);
  }

  path(look: string, d: string): void {
    this.elements.push(`<path${attributesOf(look)} d="${d}"/>`);
  }

  dot(x: number, y: number): void {
    this.elements.push(`<circle${attributesOf("dot")} cx="${round(x)}" cy="${round(y)}" r="3.2"/>`);
  }
}

/** A shape. */
export interface Shape {
  readonly width: number;
  readonly height: number;
  /** Paints it into a place that may be larger. */
  paint(canvas: Canvas, place: Place): void;
}

/** Part of a text; `look` is one of style.ts. */
export interface Span {
  readonly text: string;
  readonly look?: string;
  /** The process or namespace that it names. */
  readonly about?: readonly ["pid" | "ns", number];
}

/** Rounds to the digits that are visible. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Escapes text for XML, and characters that are unsafe to show. */
export function escapeXml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return safe(text).replace(/[&<>"']/g, (char) => entities[char]!);
}

/** A line of text. */
export function words(spans: readonly Span[]): Shape {
  const columns = spans.reduce((sum, { text }) => sum + textWidth(safe(text)), 0);
  return {
    width: columns * COLUMN,
    height: LINE,
    paint: (canvas, { x, y }) => canvas.text(x, y + BASELINE, spans),
  };
}

/** A line of text in a rounded background. */
export function pill(spans: readonly Span[], type: NamespaceType, anchor?: string): Shape {
  const inside = words(spans);
  const [width, height] = [inside.width + 12, LINE];
  return {
    width,
    height,
    paint(canvas, { x, y }) {
      const place = { x, y, width, height };
      if (anchor !== undefined) canvas.anchors.set(anchor, place);
      canvas.rect(place, `pill-${type}`, height / 2);
      inside.paint(canvas, { ...place, x: x + 6 });
    },
  };
}

/** Shapes side by side, all as high as the highest. */
export function row(shapes: readonly Shape[], gap: number): Shape {
  const height = Math.max(0, ...shapes.map((shape) => shape.height));
  return {
    width: total(shapes.map(({ width }) => width), gap),
    height,
    paint(canvas, { x, y }) {
      let at = x;
      for (const shape of shapes) {
        shape.paint(canvas, { x: at, y, width: shape.width, height });
        at += shape.width + gap;
      }
    },
  };
}

/** Shapes below each other, each as wide as the place. */
export function column(shapes: readonly Shape[], gap: number): Shape {
  return {
    width: Math.max(0, ...shapes.map(({ width }) => width)),
    height: total(shapes.map(({ height }) => height), gap),
    paint(canvas, { x, y, width }) {
      let at = y;
      for (const shape of shapes) {
        shape.paint(canvas, { x, y: at, width, height: shape.height });
        at += shape.height + gap;
      }
    },
  };
}

const total = (lengths: readonly number[], gap: number): number =>
  lengths.reduce((sum, length) => sum + length, 0) + gap * Math.max(0, lengths.length - 1);

/** Puts shapes into rows, as many in each as fit. */
export function rowsOf<S extends Shape>(shapes: readonly S[], width: number, gap: number): S[][] {
  const rows: S[][] = [];
  let used = 0;
  for (const shape of shapes) {
    const last = rows.at(-1);
    if (last && used + gap + shape.width <= width) {
      last.push(shape);
      used += gap + shape.width;
    } else {
      rows.push([shape]);
      used = shape.width;
    }
  }
  return rows;
}

/** Shapes in rows, as many in each as fit; `rowGap` is between rows. */
export function shelf(
  shapes: readonly Shape[],
  width: number,
  gap: number,
  rowGap = gap,
): Shape {
  return column(rowsOf(shapes, width, gap).map((one) => row(one, gap)), rowGap);
}

/** Nothing, as wide as this. */
export function space(width: number): Shape {
  return { width, height: 0, paint: () => {} };
}

/** Shapes in columns from top to bottom, not more than `rows` in each. */
export function columns(shapes: readonly Shape[], rows: number, gap: number): Shape {
  const parts: Shape[] = [];
  for (let at = 0; at < shapes.length; at += rows) {
    parts.push(column(shapes.slice(at, at + rows), 0));
  }
  return row(parts, gap);
}

/** A frame around a shape, as high as its place, unless it is not to be stretched. */
export function frame(
  inside: Shape,
  look: string,
  { padding, radius, stretch = true }: { padding: number; radius: number; stretch?: boolean },
): Shape {
  return {
    width: inside.width + 2 * padding,
    height: inside.height + 2 * padding,
    paint(canvas, { x, y, width, height: room }) {
      const height = stretch ? room : inside.height + 2 * padding;
      canvas.rect({ x, y, width, height }, look, radius);
      inside.paint(canvas, {
        x: x + padding,
        y: y + padding,
        width: width - 2 * padding,
        height: height - 2 * padding,
      });
    },
  };
}
