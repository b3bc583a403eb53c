/** What a scan gathers beside processes. */
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import type { Holder } from "../holder.ts";
import type { NamespaceId } from "../ns_link.ts";

/** A namespace, and something other than a process that holds it. */
export interface Held {
  readonly id: NamespaceId;
  readonly holder: Holder;
}

/** What is looked for, and what of it was found so far. */
export interface Found {
  readonly types: ReadonlySet<NamespaceType>;
  /** In the order in which it was found. */
  readonly held: Held[];
  /** Where namespaces are mounted, in any mount namespace; `/` where a descriptor shows that they were. */
  readonly mountPoints: Set<string>;
}
