/** Looks up what engines call their containers, in files that they leave on the host. */
import type { Container } from "./container.ts";
import { namesInRoot, readRootFile, readUserFile } from "./engine_file.ts";
import { type Names, parseBundle, parseDockerConfig, parseMachine, parseStorage } from "./files.ts";
import { readHomes } from "./homes.ts";

const ID = /^[0-9a-f]{64}$/;

/** Where containerd has the bundles of its namespaces; k3s brings its own. */
const TASKS = [
  "/run/containerd/io.containerd.runtime.v2.task",
  "/run/k3s/containerd/io.containerd.runtime.v2.task",
];
/** The storage of podman and CRI-O; containers that leave nothing are in the second. */
const STORAGES = ["/var/lib/containers/storage", "/run/containers/storage"];
const USER_STORAGE = ".local/share/containers/storage";
const STORAGE_DRIVERS = ["overlay", "vfs", "btrfs", "zfs"];
const STORAGE_FILES = ["containers.json", "volatile-containers.json"];

/** Reads what engines have written, each file once. */
export class EngineNames {
  readonly #storages = new Map<number, Map<string, Names>>();
  #homes: Map<number, string> | undefined;
  #tasks: string[] | undefined;
  #dockerRoot: string | undefined;

  /**
   * The container with the names that its engine has for it; undefined if it is a virtual machine.
   *
   * @param owner The user whose engine it is: nobody else's files are asked for its names.
   */
  named(container: Container, owner: number): Container | undefined {
    const { engine, id, name } = container;
    if (id !== undefined && ID.test(id)) return this.#byId(container, id, owner);
    if (engine === undefined && name !== undefined && owner === 0) return machine(container, name);
    return container;
  }

  #byId(container: Container, id: string, owner: number): Container {
    const { engine } = container;
    if (engine === undefined || engine === "docker") {
      const names = this.#docker(id, owner);
      if (names) return merged({ ...container, engine: "docker" }, names);
    }
    if (engine === "podman" || engine === "cri-o") {
      return merged(container, this.#storage(owner).get(id));
    }
    if (engine === undefined || engine === "containerd") {
      const names = owner === 0 ? this.#bundle(id) : undefined;
      if (names) return merged({ ...container, engine: "containerd" }, names);
    }
    return container;
  }

  #home(uid: number): string | undefined {
    return (this.#homes ??= readHomes()).get(uid);
  }

  #user(uid: number, path: string): string | undefined {
    const home = this.#home(uid);
    return home === undefined ? undefined : readUserFile(home, path, uid, true);
  }

  #docker(id: string, owner: number): Names | undefined {
    const file = `containers/${id}/config.v2.json`;
    const text = owner === 0
      ? readRootFile(`${this.#dockerRoot ??= dockerRoot()}/${file}`)
      : this.#user(owner, `.local/share/docker/${file}`);
    return text === undefined ? undefined : parseDockerConfig(text);
  }

  #storage(owner: number): Map<string, Names> {
    const known = this.#storages.get(owner);
    if (known) return known;
    const files = STORAGE_DRIVERS.flatMap((driver) =>
      STORAGE_FILES.map((file) => `${driver}-containers/${file}`)
    );
    const texts = owner === 0
      ? STORAGES.flatMap((folder) => files.map((file) => readRootFile(`${folder}/${file}`)))
      : files.map((file) => this.#user(owner, `${USER_STORAGE}/${file}`));
    const all = new Map(texts.flatMap((text) => [...parseStorage(text ?? "")]));
    this.#storages.set(owner, all);
    return all;
  }

  #bundle(id: string): Names | undefined {
    this.#tasks ??= TASKS.flatMap((folder) =>
      namesInRoot(folder).map((name) => `${folder}/${name}`)
    );
    for (const folder of this.#tasks) {
      const text = folder.endsWith("/moby")
        ? undefined
        : readRootFile(`${folder}/${id}/config.json`);
      if (text !== undefined) return parseBundle(text);
    }
    return undefined;
  }
}

/** Adds names; what the cgroup says of the pod stays. */
function merged(container: Container, names: Names | undefined): Container {
  const pod = { ...names?.pod, ...container.pod };
  return {
    ...container,
    ...(names?.name === undefined ? {} : { name: names.name }),
    ...(Object.keys(pod).length > 0 ? { pod } : {}),
  };
}

/** docker's `data-root`. @see dockerd(8) */
function dockerRoot(): string {
  const text = readRootFile("/etc/docker/daemon.json") ?? "";
  return /"data-root"\s*:\s*"(\/[^"\\]*)"/.exec(text)?.[1] ?? "/var/lib/docker";
}

function machine(container: Container, name: string): Container | undefined {
  if (name.includes("/") || name.startsWith(".")) return container;
  const text = readRootFile(`/run/systemd/machines/${name}`);
  if (text === undefined) return container;
  const { service, class: kind } = parseMachine(text);
  if (kind === "vm") return undefined;
  return service === "systemd-nspawn" ? { ...container, engine: "systemd-nspawn" } : container;
}
