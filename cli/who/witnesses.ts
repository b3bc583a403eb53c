/** What has to be known of processes that hold a namespace. */
import { namespacesOf, statusOf } from "../../inspect/process.ts";
import { ifReadable, tryReadLink } from "../../inspect/proc.ts";
import type { Status } from "../../inspect/status.ts";
import { effectiveUser } from "../../launch/run/facts.ts";
import type { Witness } from "./holding.ts";

/** Reads what is asked of processes, each once. */
export class Witnesses implements Witness {
  readonly #status = new Map<number, Status | undefined>();
  readonly #user = ifReadable(() => namespacesOf(Deno.pid))?.user;
  readonly #root = effectiveUser() === 0;

  #of(pid: number): Status | undefined {
    if (!this.#status.has(pid)) this.#status.set(pid, ifReadable(() => statusOf(pid)));
    return this.#status.get(pid);
  }

  name(pid: number): string {
    return this.#of(pid)?.name ?? "(ended)";
  }

  zombieOf(pid: number): number | undefined {
    const status = this.#of(pid);
    return status?.state === "Z" ? status.ppid : undefined;
  }

  isInit(pid: number): boolean {
    return this.#of(pid)?.nspid.at(-1) === 1;
  }

  hasOwnRoot(pid: number): boolean {
    const root = tryReadLink(`${pid}/root`);
    return typeof root === "string" && root !== "/";
  }

  needsUser(pid: number): boolean {
    return !this.#root && ifReadable(() => namespacesOf(pid))?.user !== this.#user;
  }
}
