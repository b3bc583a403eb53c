/**
 * Which namespaces exist, and who is in them: a part of nido.
 *
 * Everything here looks, and changes nothing. Numbers are those that the caller's /proc shows. All of
 * it needs `--allow-ffi`: `/proc` is read by system calls.
 *
 * @module
 *
 * @example How many processes are in each network namespace
 * ```ts
 * import { listNamespaces } from "@nido/nido/inspect";
 *
 * for (const { ns, processes } of listNamespaces({ types: ["net"] }).namespaces) {
 *   console.log(`net:[${ns}]`, processes.length);
 * }
 * ```
 */
import "../ffi/deno.ts";

export { listNamespaces } from "./namespaces.ts";
export type { ListedNamespace, ListOptions, NamespaceList } from "./namespaces.ts";
export type { NamespaceId } from "./ns_link.ts";
export type { Relations } from "./relations.ts";
export type { ScannedProcess } from "./scan.ts";
export { type Holders, holders } from "./holders.ts";
export type { Holder } from "./holder.ts";
export type { Hidepid } from "./own_proc.ts";
export { idMaps, namespacesOf, pidsOf } from "./process.ts";
export type { NamespaceInodes } from "./process.ts";
export type { IdMaps } from "./id_map.ts";
export type { IdRange } from "../ffi/abi/id_map.ts";
export type { ProcessSummary } from "./process_summary.ts";
export { type ProcessNode, processTree } from "./process_tree.ts";
export { translatePid, type Translation } from "./translate.ts";
export { watch, type WatchOptions } from "./watch/watch.ts";
export type { WatchEvent } from "./watch/event.ts";
export type { Mount } from "./mountinfo.ts";
export { SyscallError } from "../ffi/errors.ts";
export { NAMESPACE_TYPES, type NamespaceLink, type NamespaceType } from "../ffi/abi/namespaces.ts";
