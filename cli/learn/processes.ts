/** The processes of a session, seen from outside. */
import { NAMESPACE_TYPES } from "../../ffi/abi/namespaces.ts";
import { namespacesOf } from "../../inspect/process.ts";
import { type ProcessNode, readTree } from "../../inspect/process_tree.ts";
import { ifReadable, readLine } from "../../inspect/proc.ts";
import { bordersIn } from "../tree/borders.ts";
import { everyNode, prune } from "../tree/depth.ts";
import { type DrawOptions, drawTree } from "../tree/draw.ts";

/** The children of a process. */
export function childrenOf(pid: number): number[] {
  const text = ifReadable(() => readLine(`${pid}/task/${pid}/children`)) ?? "";
  return text.split(" ").filter(Boolean).map(Number);
}

/** Without the PIDs that the processes have outside of the session. */
const fromInside = (node: ProcessNode): ProcessNode => ({
  ...node,
  pids: node.pids.slice(1),
  children: node.children.map(fromInside),
});

/** A process with all that are below it. */
function treeOf(pid: number): ProcessNode | undefined {
  return prune([...everyNode(readTree(false).roots)].filter((node) => node.pid === pid)).roots[0];
}

/** How many processes below this one have this name. */
export function countOf(pid: number, name: string): number {
  const root = treeOf(pid);
  return root ? [...everyNode([root])].filter((node) => node.name === name).length : 0;
}

/** The tree below a session's shell with its borders, as the shell numbers it. Undefined where it is alone. */
export function sessionTree(shell: number, options: DrawOptions): string | undefined {
  const root = treeOf(shell);
  const outside = ifReadable(() => namespacesOf(shell));
  if (!root || !outside || root.children.length === 0) return undefined;
  return drawTree(bordersIn([fromInside(root)], outside, new Set(NAMESPACE_TYPES)), options);
}
