/** What engines write about their containers. A text that is not what it should be says nothing. */
import type { Pod } from "./container.ts";

/** What a file calls a container. */
export interface Names {
  readonly name?: string;
  readonly pod?: Pod;
}

type Data = Readonly<Record<string, unknown>>;

/** Longer names are none: engines allow 255 bytes at the most. */
const LONGEST = 255;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const data = (value: unknown): Data =>
  typeof value === "object" && value !== null ? value as Data : {};

const list = (value: unknown): readonly unknown[] => Array.isArray(value) ? value : [];

const word = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" && value.length <= LONGEST ? value : undefined;

const podOf = (id: unknown, name: unknown, namespace: unknown): { pod?: Pod } => {
  const known = { id: word(id), name: word(name), namespace: word(namespace) };
  const given = Object.entries(known).filter(([, value]) => value !== undefined);
  return given.length > 0 ? { pod: Object.fromEntries(given) } : {};
};

const named = (name: unknown): { name?: string } => {
  const known = word(name);
  return known === undefined ? {} : { name: known };
};

/** What Kubernetes calls a container where the engine has one name for it: `k8s_CONTAINER_POD_NAMESPACE_UID_N`. */
function ofKubernetes(name: string | undefined): Names | undefined {
  const parts = name?.split("_") ?? [];
  if (parts[0] !== "k8s" || parts.length !== 6) return undefined;
  return { ...named(parts[1]), ...podOf(parts[4], parts[2], parts[3]) };
}

/** docker's `/var/lib/docker/containers/ID/config.v2.json`. */
export function parseDockerConfig(text: string): Names {
  const name = word(data(parse(text)).Name)?.replace(/^\//, "");
  return ofKubernetes(name) ?? named(name);
}

/** podman's and CRI-O's `containers.json`, by id. @see containers-storage.conf(5) */
export function parseStorage(text: string): Map<string, Names> {
  const all = new Map<string, Names>();
  for (const one of list(parse(text)).map(data)) {
    const id = word(one.id);
    const name = word(list(one.names)[0]);
    if (id !== undefined) all.set(id, ofKubernetes(name) ?? named(name));
  }
  return all;
}

/** The `config.json` of a bundle, where containerd's CRI and nerdctl leave annotations. @see the OCI runtime specification */
export function parseBundle(text: string): Names {
  const annotations = data(data(parse(text)).annotations);
  const cri = (what: string): unknown => annotations[`io.kubernetes.cri.${what}`];
  const isSandbox = cri("container-type") === "sandbox";
  return {
    ...named(isSandbox ? "POD" : cri("container-name") ?? annotations["nerdctl/name"]),
    ...podOf(cri("sandbox-uid"), cri("sandbox-name"), cri("sandbox-namespace")),
  };
}

/** `/run/systemd/machines/NAME`: what has registered the machine. @see sd-login(3), systemd-machined.service(8) */
export function parseMachine(text: string): { service?: string; class?: string } {
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}="?([^"\n]*)"?$`, "m").exec(text)?.[1];
  const [service, kind] = [field("SERVICE"), field("CLASS")];
  return {
    ...(service === undefined ? {} : { service }),
    ...(kind === undefined ? {} : { class: kind }),
  };
}

/** `/.flatpak-info`: an application, or only its runtime. @see flatpak-run(1) */
export function parseFlatpakInfo(text: string): Names & { id?: string } {
  const values = new Map<string, string>();
  let group = "";
  for (const line of text.split("\n")) {
    group = /^\[(.*)\]$/.exec(line)?.[1] ?? group;
    const [, key, value] = /^([\w-]+)=(.*)$/.exec(line) ?? [];
    if (key !== undefined) values.set(`${group} ${key}`, value!);
  }
  const id = word(values.get("Instance instance-id"));
  const name = values.get("Application name") ?? values.get("Runtime name");
  return { ...named(name), ...(id === undefined ? {} : { id }) };
}

/** What a runtime has written about a container that it runs. */
export interface RuntimeState {
  readonly id: string;
  /** Of each hierarchy, below its mount point or in the file system. */
  readonly cgroups: readonly string[];
}

/** runc's `/run/runc/ID/state.json`. */
export function parseRuncState(text: string): RuntimeState | undefined {
  const { id: given, cgroup_paths } = data(parse(text));
  const id = word(given);
  const cgroups = Object.values(data(cgroup_paths)).filter((path) => typeof path === "string");
  return id === undefined ? undefined : { id, cgroups };
}

/** crun's `/run/crun/ID/status`, which does not name itself. */
export function parseCrunStatus(id: string, text: string): RuntimeState {
  const path = data(parse(text))["cgroup-path"];
  return { id, cgroups: typeof path === "string" ? [path] : [] };
}
