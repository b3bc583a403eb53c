/**
 * Which container the path of a cgroup belongs to. Engines write their names and ids into it; what is
 * below a container is called as the container likes.
 */
import type { Container, Engine, Pod } from "./container.ts";
import { unescapeUnit, type Units, unitsIn } from "./unit.ts";

/** What a path says. */
export interface Place extends Units {
  /** Containers, from the outside in. */
  readonly containers: readonly Container[];
  /**
   * Whether it is known who has made it: `manager`, else root. It is not where the path leads out of the reader's cgroup
   * namespace, nor in a session, which may have been handed to its user.
   */
  readonly isOwnerKnown: boolean;
}

const ID = "[0-9a-f]{64}";
const matches = (pattern: string): RegExp => new RegExp(`^${pattern}$`);

/** What stands in front of an id. */
const PREFIXES: Readonly<Record<string, Engine>> = {
  docker: "docker",
  libpod: "podman",
  "libpod-payload": "podman",
  crio: "cri-o",
  "cri-containerd": "containerd",
  nerdctl: "containerd",
  containerd: "containerd",
};

/** Folders in which the name of a cgroup is nothing but the id. */
const FOLDERS: Readonly<Record<string, Engine>> = { docker: "docker", "k8s.io": "containerd" };

const PREFIXED = matches(`(${Object.keys(PREFIXES).join("|")})-(${ID})(?:\\.scope)?`);
/** containerd that thinks of systemd while its runtime does not. */
const COLONS = matches(`(.+\\.slice):cri-containerd:(${ID})`);
const RUNTIME = /^(runc|crun)-(.+)\.scope$/;
const BARE = matches(ID);
const FLATPAK = /^app-flatpak-(.+)-\d+\.scope$/;
const LXC = /^lxc\.payload\.(.+)$/;
const MACHINE = /^machine-(.+)\.scope$/;
const NSPAWN = /^systemd-nspawn@(.+)\.service$/;
/** Processes of an engine that watch a container from outside. */
const MONITOR = matches(`(?:libpod|crio)-conmon-${ID}\\.scope|lxc\\.monitor(?:\\..+)?`);

/** All that is a user's. */
const SLICE = /^user-\d+\.slice$/;

const POD_FOLDER = /^pod([0-9a-f-]{32,36})$/;
const POD_SLICE =
  /^(?:kubelet-)?kubepods(?:-besteffort|-burstable)?-pod([0-9a-f_-]{32,36})\.slice$/;
const PODMAN_SLICE = matches(`(?:machine|user)-libpod_pod_(${ID})\\.slice`);

/** The id of the pod that a part of a path is for. */
function podIn(part: string, above: string | undefined): string | undefined {
  const uid = POD_FOLDER.exec(part)?.[1] ?? POD_SLICE.exec(part)?.[1]?.replaceAll("_", "-");
  if (uid !== undefined) return uid;
  return PODMAN_SLICE.exec(part)?.[1] ??
    (above === "libpod_parent" && BARE.test(part) ? part : undefined);
}

/** What is called by a name in a part, and what the parts before and behind it say. */
function namedIn(part: string, above?: string, below?: string): Container | "monitor" | undefined {
  const lxc = LXC.exec(part)?.[1] ??
    (above === "lxc" || above === "lxc.payload" ? part : undefined);
  if (lxc !== undefined) return { engine: "lxc", name: lxc };
  const flatpak = FLATPAK.exec(part)?.[1];
  if (flatpak !== undefined) return { engine: "flatpak", name: unescapeUnit(flatpak) };
  const runtime = RUNTIME.exec(part);
  if (runtime) return { engine: runtime[1] as Engine, id: unescapeUnit(runtime[2]!) };
  const nspawn = NSPAWN.exec(part)?.[1];
  const machine = above === "machine.slice" ? MACHINE.exec(part)?.[1] : undefined;
  const name = nspawn ?? machine;
  if (name === undefined) return undefined;
  if (below === "supervisor") return "monitor";
  if (below === "payload") return { engine: "systemd-nspawn", name: unescapeUnit(name) };
  // Old versions have supervisor and payload in one service. A machine may be a virtual one, of qemu.
  return nspawn !== undefined || name.startsWith("qemu\\x2d") || below === "libvirt"
    ? undefined
    : { name: unescapeUnit(name) };
}

function idIn(
  part: string,
  above: string | undefined,
  pod: string | undefined,
): Container | undefined {
  const prefixed = PREFIXED.exec(part);
  if (prefixed) return { engine: PREFIXES[prefixed[1]!]!, id: prefixed[2]! };
  const colons = COLONS.exec(part);
  if (colons) return { engine: "containerd", id: colons[2]! };
  if (!BARE.test(part) || part === pod) return undefined;
  const engine = above === undefined ? undefined : FOLDERS[above];
  return { id: part, ...(engine === undefined ? {} : { engine }) };
}

/** Reads the path of a cgroup. */
export function placeIn(path: string): Place {
  const parts = path.split("/").filter((part) => part !== "");
  const containers: Container[] = [];
  let pod: string | undefined;
  let first = parts.length;
  for (const [i, part] of parts.entries()) {
    const above = parts[i - 1];
    if (MONITOR.test(part)) break;
    pod = podIn(COLONS.exec(part)?.[1] ?? part, above) ?? pod;
    const container = idIn(part, above, pod) ?? namedIn(part, above, parts[i + 1]);
    if (container === "monitor") break;
    if (!container) continue;
    first = Math.min(first, i);
    const of: { pod?: Pod } = pod === undefined ? {} : { pod: { id: pod } };
    containers.push({ ...container, ...of });
    pod = undefined;
  }
  // What is below `..` may be a user's: only the root of all tells whose units these are.
  const isPartial = parts[0] === "..";
  const units = isPartial ? {} : unitsIn(parts.slice(0, first + 1));
  const isUsers = parts[0] === "user" || parts.slice(0, first).some((part) => SLICE.test(part));
  const isOwnerKnown = !isPartial && (!isUsers || units.manager !== undefined);
  return { ...units, containers, isOwnerKnown };
}

/** What all paths of a process say: the first that names a container, and the first that names a unit. */
export function placeAmong(paths: readonly string[]): Place {
  const places = paths.map(placeIn);
  const container = places.find(({ containers }) => containers.length > 0);
  const { unit, userUnit } = places.find((place) => place.unit !== undefined) ?? {};
  const { manager } = container ?? places.find((place) => place.manager !== undefined) ?? {};
  return {
    ...(unit === undefined ? {} : { unit }),
    ...(userUnit === undefined ? {} : { userUnit }),
    ...(manager === undefined ? {} : { manager }),
    containers: container?.containers ?? [],
    isOwnerKnown: container?.isOwnerKnown ?? true,
  };
}
