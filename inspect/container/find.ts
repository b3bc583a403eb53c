/** Finds where processes belong. */
import { ifReadable, readText } from "../proc.ts";
import { isNumbered, unnumbered } from "./monitor.ts";
import { parseCgroup, pathsIn } from "./cgroup.ts";
import type { Belonging, Container } from "./container.ts";
import { EngineNames } from "./names.ts";
import { type Place, placeAmong } from "./place.ts";
import { readRuntimes, runtimeOf } from "./runtimes.ts";
import { flatpakOf, mountNamespaceOf, watchedBy } from "./traces.ts";

/** What a cgroup file says, and the containers that it names, with their names. */
interface Known {
  readonly place: Place;
  readonly container: Container | undefined;
  readonly inner: readonly Container[];
}

const NOWHERE: Belonging = { inner: [] };

/**
 * Finds containers and units of processes, and keeps what it has read. PIDs are as the caller's /proc numbers
 * them. What may not be read is missing: nothing is guessed.
 *
 * Only files of the host are read, which root, or the user whose container it is, has written; all
 * that a container calls itself or what is in it is in `inner`.
 */
export class Containers {
  readonly #names = new EngineNames();
  readonly #known = new Map<string, Known>();
  readonly #belongings = new Map<number, Belonging>();
  readonly #flatpaks = new Map<number, Container | undefined>();
  readonly #own = mountNamespaceOf("self");
  #runtimes: Map<string, Container> | undefined;

  /** Where a process belongs; nowhere if it has ended. */
  of(pid: number): Belonging {
    let belonging = this.#belongings.get(pid);
    if (!belonging) {
      const text = ifReadable(() => readText(`${pid}/cgroup`));
      belonging = text === undefined ? NOWHERE : this.#find(pid, this.#read(text));
      this.#belongings.set(pid, belonging);
    }
    return belonging;
  }

  #read(text: string): Known {
    let known = this.#known.get(text);
    if (!known) {
      const paths = pathsIn(parseCgroup(text));
      const place = placeAmong(paths);
      const [outermost, ...inner] = place.containers;
      const container = outermost
        ? this.#named(outermost, place)
        : paths.map((path) => runtimeOf(path, this.#runtimes ??= readRuntimes())).find(Boolean);
      known = { place, container, inner };
      this.#known.set(text, known);
    }
    return known;
  }

  #named(container: Container, { isOwnerKnown, manager }: Place): Container | undefined {
    // Whose it is, is not known: anybody may call a cgroup by the id of another's container.
    return isOwnerKnown ? this.#names.named(container, manager ?? 0) : container;
  }

  #find(pid: number, { place, container: known, inner }: Known): Belonging {
    const isCertain = known?.name !== undefined && !isNumbered(known);
    const container = isCertain ? known : this.#traced(pid, known);
    const { unit, userUnit } = place;
    return {
      ...(container === undefined ? {} : { container }),
      inner,
      ...(unit === undefined ? {} : { unit }),
      ...(userUnit === undefined ? {} : { userUnit }),
    };
  }

  /** Adds what can be seen of how the container was started, or finds it by that. */
  #traced(pid: number, known: Container | undefined): Container | undefined {
    const mnt = mountNamespaceOf(pid);
    if (mnt === undefined || mnt === this.#own) return known;
    const watched = watchedBy(pid, mnt);
    if (known?.name !== undefined) return watched ? unnumbered(known, watched) : known;
    if (known) {
      return watched?.id !== undefined && watched.id === known.id
        ? { ...watched, ...known }
        : known;
    }
    if (watched?.engine !== "bubblewrap") return watched;
    if (!this.#flatpaks.has(mnt)) this.#flatpaks.set(mnt, flatpakOf(pid));
    return this.#flatpaks.get(mnt) ?? watched;
  }
}
