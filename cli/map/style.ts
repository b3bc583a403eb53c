/** The style sheet of the picture: light, or dark where the reader wants that. */
import { NAMESPACE_TYPES, type NamespaceType } from "../../ffi/abi/namespaces.ts";

interface Theme {
  readonly page: string;
  readonly card: string;
  readonly line: string;
  readonly ink: string;
  readonly soft: string;
  readonly types: Readonly<Record<NamespaceType, string>>;
}

/** Texts have a contrast of 4.5 to 1 and more on what they stand on. */
const LIGHT: Theme = {
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

const DARK: Theme = {
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

function variables({ types, ...rest }: Theme): string {
  return Object.entries({ ...rest, ...types }).map(([name, colour]) => `--${name}:${colour}`)
    .join(";");
}

const OF_TYPES = NAMESPACE_TYPES.map((type) =>
  `.${type}{fill:var(--${type});stroke:var(--${type})}tspan.${type}{stroke:none;font-weight:700}`
).join("\n");

/** The style sheet. */
export const STYLE: string = `svg{${variables(LIGHT)};color-scheme:light dark}
@media(prefers-color-scheme:dark){svg{${variables(DARK)}}}
text{font:12px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,"Liberation Mono",monospace;fill:var(--ink);white-space:pre}
${OF_TYPES}
rect{stroke-width:1.25}
.page{fill:var(--page);stroke:none}
.box{fill-opacity:.055}
.pill{fill-opacity:.1;stroke-opacity:.45;stroke-width:1}
.cell{fill:var(--card);stroke:var(--line);stroke-width:1}
.held{fill:none;stroke-dasharray:4 3;stroke-width:1}
.soft{fill:var(--soft)}
.strong{font-weight:700}
.title{font-size:17px;font-weight:700}
.halo,.veth{fill:none;stroke-linecap:round}
.halo{stroke:var(--page);stroke-width:5;stroke-opacity:.8}
.veth{stroke:var(--net);stroke-width:2}
.dot{fill:var(--net)}`;
