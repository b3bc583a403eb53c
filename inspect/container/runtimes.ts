/** What runtimes that are used without an engine run: runc and crun tell of it in /run, to root. */
import { parseMountinfo } from "../mountinfo.ts";
import { ifReadable, linesWith } from "../proc.ts";
import type { Container } from "./container.ts";
import { namesInRoot, readRootFile } from "./engine_file.ts";
import { parseCrunStatus, parseRuncState, type RuntimeState } from "./files.ts";

/** Not more than these are read. */
const MOST = 1000;

interface Running extends RuntimeState {
  readonly engine: "runc" | "crun";
}

function running(): Running[] {
  const read = <T>(engine: string, file: string, use: (id: string, text: string) => T): T[] =>
    namesInRoot(`/run/${engine}`).slice(0, MOST).flatMap((id) => {
      const text = readRootFile(`/run/${engine}/${id}/${file}`);
      return text === undefined ? [] : [use(id, text)];
    });
  return [
    ...read("runc", "state.json", (_, text) => parseRuncState(text)).flatMap((state) =>
      state ? [{ ...state, engine: "runc" } as const] : []
    ),
    ...read("crun", "status", parseCrunStatus).map((state) =>
      ({ ...state, engine: "crun" }) as const
    ),
  ];
}

/** The paths of cgroups, below their hierarchies, and what runs in them. */
export function byCgroup(
  states: readonly Running[],
  mountPoints: readonly string[],
): Map<string, Container> {
  const all = new Map<string, Container>();
  for (const { engine, id, cgroups } of states) {
    for (const path of cgroups) {
      const mount = mountPoints.find((one) => path.startsWith(`${one}/`));
      const below = mount === undefined ? path : path.slice(mount.length);
      // In the root of a hierarchy are many.
      if (/^\/./.test(below) && !below.includes("..")) all.set(below, { engine, id });
    }
  }
  return all;
}

/** Reads them. */
export function readRuntimes(): Map<string, Container> {
  const states = running();
  if (states.length === 0) return new Map();
  const lines = ifReadable(() => linesWith("self/mountinfo", " - cgroup")) ?? [];
  const mountPoints = parseMountinfo(lines.join("\n"))
    .filter(({ root }) => root === "/").map(({ mountPoint }) => mountPoint);
  return byCgroup(states, mountPoints.sort((a, b) => b.length - a.length));
}

/** The container that a cgroup is of, or is in. */
export function runtimeOf(
  path: string,
  all: ReadonlyMap<string, Container>,
): Container | undefined {
  for (let at = path; at.length > 1; at = at.slice(0, at.lastIndexOf("/"))) {
    const container = all.get(at);
    if (container) return container;
  }
  return undefined;
}
