/** What has to be known of processes that hold a path. */
import { Containers } from "../../inspect/container/find.ts";
import type { Busy } from "../../inspect/busy/find.ts";
import { isOthersProc, ownPid } from "../../inspect/own_proc.ts";
import { ownNamespaces, statOf } from "../../inspect/process.ts";
import { ifReadable, tryReadLink } from "../../inspect/proc.ts";
import { rootOf } from "../../inspect/root_directory.ts";
import { labelOf } from "../belonging.ts";
import type { PathWitness } from "./path_holding.ts";
import { Witnesses } from "./witnesses.ts";

/** Reads what is asked of processes. */
export class PathWitnesses extends Witnesses implements PathWitness {
  readonly isOwnProc = !isOthersProc();
  readonly #containers = new Containers();
  readonly #above = new Set<number>();
  readonly #container = labelOf(this.#containers, ownPid() ?? 0);

  constructor() {
    super();
    for (let pid = ownPid() ?? 0; pid > 1;) {
      pid = ifReadable(() => statOf(pid))?.ppid ?? 0;
      this.#above.add(pid);
    }
  }

  isAbove(pid: number): boolean {
    return this.#above.has(pid);
  }

  containerOf(pid: number): string | undefined {
    const label = labelOf(this.#containers, pid);
    return label === this.#container ? undefined : label;
  }

  isLikeOwn({ pid, owner }: Busy["others"][number]): boolean {
    return owner !== undefined && owner === ownNamespaces().user &&
      tryReadLink(`${pid}/root`) === "/" &&
      rootOf(pid) === "/" && labelOf(this.#containers, pid) === this.#container;
  }
}
