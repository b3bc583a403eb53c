/** The style of the picture: light, or dark where the reader prefers it. */
import { NAMESPACE_TYPES, type NamespaceType } from "../../ffi/abi/namespaces.ts";

/** Colours as #rrggbb. */
export interface Theme {
  readonly page: string;
  readonly card: string;
  readonly line: string;
  readonly ink: string;
  readonly soft: string;
  readonly types: Readonly<Record<NamespaceType, string>>;
}

/** Texts have a contrast of at least 4.5 to 1 to their background. */
export const LIGHT: Theme = {
  page: "#fcfcfd",
  card: "#ffffff",
  line: "#c9ced8",
  ink: "#1b2130",
  soft: "#566072",
  types: {
    user: "#6b3fa0",
    pid: "#0a6a73",
    mnt: "#1d6f31",
    net: "#855300",
    uts: "#1b58b3",
    ipc: "#ab231c",
    cgroup: "#44566f",
    time: "#962a81",
  },
};

/** As LIGHT. */
export const DARK: Theme = {
  page: "#12151c",
  card: "#1a1f29",
  line: "#3a4354",
  ink: "#e8ecf4",
  soft: "#a3adbf",
  types: {
    user: "#c8a9ff",
    pid: "#68d8e2",
    mnt: "#7cd68f",
    net: "#f0bf4c",
    uts: "#8ab8ff",
    ipc: "#ff9d95",
    cgroup: "#b5c4da",
    time: "#f09ade",
  },
};

/** Properties of SVG; what begins with @ is a colour of the theme. */
type Paint = Readonly<Record<string, string>>;

/** A type's own looks: its box, its pill, what only holds it, its name. */
function looksOf(type: NamespaceType): Record<string, Paint> {
  const colour = `@${type}`;
  const both = { fill: colour, stroke: colour };
  return {
    [`box-${type}`]: { ...both, "fill-opacity": "0.055", "stroke-width": "1.25" },
    [`pill-${type}`]: { ...both, "fill-opacity": "0.1", "stroke-opacity": "0.45" },
    [`held-${type}`]: { fill: "none", stroke: colour, "stroke-dasharray": "4 3" },
    [`name-${type}`]: { fill: colour, "font-weight": "700" },
  };
}

const FONTS = "ui-monospace,DejaVu Sans Mono,Menlo,Consolas,Liberation Mono,monospace";

const LOOKS: Readonly<Record<string, Paint>> = {
  // The whole picture: texts have it from there.
  picture: { fill: "@ink", "font-family": FONTS, "font-size": "12px" },
  page: { fill: "@page" },
  cell: { fill: "@card", stroke: "@line" },
  soft: { fill: "@soft" },
  strong: { "font-weight": "700" },
  title: { "font-size": "17px", "font-weight": "700" },
  halo: { fill: "none", stroke: "@page", "stroke-width": "5", "stroke-opacity": "0.8" },
  veth: { fill: "none", stroke: "@net", "stroke-width": "2", "stroke-linecap": "round" },
  dot: { fill: "@net" },
  ...Object.assign({}, ...NAMESPACE_TYPES.map(looksOf)),
};

function valueIn({ types, ...theme }: Theme, value: string): string {
  return value.startsWith("@") ? { ...theme, ...types }[value.slice(1)]! : value;
}

/**
 * The attributes of an element: its look in light as plain attributes, which every renderer knows,
 * and its class, by which a style sheet may change it.
 */
export function attributesOf(look: string): string {
  const paint = Object.entries(LOOKS[look]!).map(([name, value]) =>
    ` ${name}="${valueIn(LIGHT, value)}"`
  );
  return ` class="${look}"${paint.join("")}`;
}

const dark = Object.entries(LOOKS).flatMap(([look, paint]) => {
  const colours = Object.entries(paint).filter(([, value]) => value.startsWith("@"))
    .map(([name, value]) => `${name}:${valueIn(DARK, value)}`);
  return colours.length === 0 ? [] : [`.${look}{${colours.join(";")}}`];
});

/** The style sheet for dark. Renderers without style sheets use the attributes. */
export const STYLE: string = `svg{color-scheme:light dark}
text{white-space:pre}
@media(prefers-color-scheme:dark){
${dark.join("\n")}
}`;
