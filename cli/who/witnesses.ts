/** What has to be known of processes that hold a namespace. */
import { statOf, statusOf } from "../../inspect/process.ts";
import { ifReadable } from "../../inspect/proc.ts";
import type { Status } from "../../inspect/status.ts";
import { effectiveUser } from "../../launch/run/facts.ts";
import type { Witness } from "./ending.ts";

/** Reads what is asked of processes, each once. */
export class Witnesses implements Witness {
  readonly isRoot = effectiveUser() === 0;
  readonly #status = new Map<number, Status | undefined>();

  status(pid: number): Status | undefined {
    if (!this.#status.has(pid)) this.#status.set(pid, ifReadable(() => statusOf(pid)));
    return this.#status.get(pid);
  }

  isKernelThread(pid: number): boolean {
    return this.status(pid)?.kthread ?? ifReadable(() => statOf(pid))?.kthread ?? false;
  }
}
