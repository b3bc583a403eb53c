// The picture as renderers draw it: what matters is what is seen.

import { assert, assertEquals } from "@std/assert";
import { mapOf } from "../../cli/map/model.ts";
import { DARK, LIGHT, type Theme } from "../../cli/map/style.ts";
import { mapSvg } from "../../cli/map/svg.ts";
import { requires } from "../requires.ts";
import { run } from "../support/nido.ts";
import { type Image, readPng, type Rgb } from "../support/png.ts";
import { facts } from "../cli/map_facts.ts";

const picture = mapSvg(mapOf(facts()), { host: "h", most: 9, unseen: { unreadable: 0 } });
const [, width, height] = picture.match(/^<svg [^>]*width="(\d+)" height="(\d+)"/)!.map(Number);

/** Draws the picture by a command that has SVG and PNG as its last words. */
async function drawn(text: string, command: (svg: string, png: string) => string[]) {
  const folder = Deno.makeTempDirSync();
  try {
    const [svg, png] = [`${folder}/map.svg`, `${folder}/map.png`] as const;
    Deno.writeTextFileSync(svg, text);
    const { stderr } = await run(command(svg, png), { env: { HOME: folder, TMPDIR: folder } });
    return await readPng(png).catch((error) => {
      throw new Error(`${error.message}: ${stderr}`);
    });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const byRsvg = (text: string) => drawn(text, (svg, png) => ["rsvg-convert", "--output", png, svg]);

/** @param scheme As the page's reader has it: Blink's number of it. */
const byBrowser = (text: string, scheme: "dark" | "light") =>
  drawn(text, (svg, png) => [
    "chromium",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    `--user-data-dir=${png}.profile`,
    `--blink-settings=preferredColorScheme=${scheme === "dark" ? 0 : 1}`,
    `--window-size=${width},${height}`,
    `--screenshot=${png}`,
    `file://${svg}`,
  ]);

const rgb = (colour: string): Rgb =>
  [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)) as unknown as Rgb;

/** One colour on another. */
const over = (colour: Rgb, ground: Rgb, opacity: number): Rgb =>
  ground.map((value, i) => value + (colour[i]! - value) * opacity) as unknown as Rgb;

const distance = (one: Rgb, other: Rgb): number =>
  Math.max(...one.map((value, i) => Math.abs(value - other[i]!)));

/** Where the first element of a class is. */
function placeOf(look: string): Record<string, number> {
  const element = picture.match(new RegExp(`<\\w+ class="${look}"[^>]*>`))![0];
  return Object.fromEntries(
    [...element.matchAll(/ (x|y|width|height|cx|cy)="([\d.]+)"/g)].map((
      [, name, value],
    ) => [name, Number(value)]),
  );
}

/** How many pixels of an element's place are nearly of a colour. */
function count(image: Image, look: string, colour: Rgb): number {
  const { x, y, width, height } = placeOf(look) as Record<"x" | "y" | "width" | "height", number>;
  let found = 0;
  for (let row = y + 2; row < y + height - 2; row++) {
    for (let column = x + 2; column < x + width - 2; column++) {
      if (distance(image.at(column, row), colour) < 60) found++;
    }
  }
  return found;
}

/** Grounds, inks, lines and wires have the colours of the theme. */
function assertLooksLike(image: Image, theme: Theme): void {
  assertEquals([image.width, image.height], [width, height]);
  const page = rgb(theme.page);
  const is = (x: number, y: number, colour: Rgb, what: string): void => {
    const found = image.at(x, y);
    assert(distance(found, colour) <= 3, `${what} is ${found} and not ${colour}`);
  };
  is(2, 2, page, "the page");
  const box = placeOf("box-user");
  const user = over(rgb(theme.types.user), page, 0.055);
  is(box.x! + box.width! - 4, box.y! + box.height! / 2, user, "the ground of a box");
  const card = placeOf("cell");
  is(card.x! + 3, card.y! + card.height! / 2, rgb(theme.card), "the ground of a card");
  const dot = placeOf("dot");
  is(dot.cx!, dot.cy!, rgb(theme.types.net), "the end of a wire");
  const ink = count(image, "cell", rgb(theme.ink));
  assert(ink > 20, `text on a card: ${ink} pixels`);
  const name = count(image, "pill-user", rgb(theme.types.user));
  assert(name > 10, `the name of a type: ${name} pixels`);
}

Deno.test(
  "the picture has its colours where only plain attributes are known",
  requires({ programs: ["rsvg-convert"] }),
  async () => {
    assertLooksLike(await byRsvg(picture), LIGHT);
    // As where style sheets are taken out.
    assertLooksLike(await byRsvg(picture.replace(/<style>[^]*<\/style>/, "")), LIGHT);
  },
);

Deno.test(
  "the picture is light or dark in a browser, as its reader wants",
  requires({ programs: ["chromium"] }),
  async () => {
    assertLooksLike(await byBrowser(picture, "light"), LIGHT);
    assertLooksLike(await byBrowser(picture, "dark"), DARK);
  },
);
