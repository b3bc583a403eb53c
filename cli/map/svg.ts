/** Draws the map as SVG. */
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import { type Unseen, unseenWords } from "../unseen.ts";
import { anchorOf, Draughtsman, GAP, soft, typeName, WIDTH } from "./boxes.ts";
import type { NamespaceMap } from "./model.ts";
import { Canvas, column, escapeXml, pill, round, row, type Shape, shelf, words } from "./shapes.ts";
import { attributesOf, STYLE } from "./style.ts";
import { Wiring } from "./wires.ts";

/** What the picture shows beside the map. */
export interface SvgOptions {
  /** The name of the machine. */
  readonly host: string;
  /** How many processes of a cell are named. */
  readonly most: number;
  /** Notes on what is missing because the caller may not look. */
  readonly unseen: Unseen;
  /** Whether it is for the page of `nido map --live`. */
  readonly live?: boolean;
}

/** In pixels. */
const MARGIN = 20;

/** Pairs whose ends are in different namespaces: their wires may need the bus. */
const wiresOf = ({ pairs }: NamespaceMap): number =>
  pairs.filter(([one, other]) => one.ns !== other.ns).length;

function legend(): Shape {
  const type = (name: NamespaceType, is: string): Shape =>
    row([pill([typeName(name)], name), words([soft(is)])], 6);
  return shelf(
    [
      type("user", "owns what is in its box"),
      type("pid", "13512 → 1: 13512 here, 1 in its own"),
      type("net", "with its interfaces; lines are veth pairs"),
      type("mnt", "and the like: with the processes that are not in PID 1's"),
    ],
    WIDTH,
    18,
    6,
  );
}

function footnote({ unseen }: SvgOptions): Shape[] {
  return unseenWords(unseen).map((sentence) => words([soft(`Not drawn: ${sentence}`)]));
}

/** The picture. It has no scripts and no references to outside. */
export function mapSvg(map: NamespaceMap, options: SvgOptions): string {
  const wiring = new Wiring();
  const draughtsman = new Draughtsman(map, options.most, wiring);
  const title = `Namespaces of ${options.host}`;
  const top = { ...words([{ text: title, look: "title" }]), height: 24 };
  const boxes = map.roots.map((root) => draughtsman.root(root, wiresOf(map)));
  const all = column([top, legend(), ...boxes, ...footnote(options)], GAP);
  const [width, height] = [all.width + 2 * MARGIN, all.height + 2 * MARGIN].map(Math.ceil) as [
    number,
    number,
  ];
  const canvas = new Canvas(options.live);
  canvas.rect({ x: 0, y: 0, width, height }, "page", 0);
  all.paint(canvas, { x: MARGIN, y: MARGIN, width: all.width, height: all.height });
  for (const [one, other] of map.pairs) wiring.draw(canvas, anchorOf(one), anchorOf(other));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${round(width)} ${round(height)}" role="img" xml:space="preserve"${
      attributesOf("picture")
    }>\n` +
    `<title>${escapeXml(title)}</title>\n<style>${STYLE}</style>\n` +
    `${canvas.elements.join("\n")}\n</svg>\n`;
}
