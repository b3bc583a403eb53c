/** Trees of any depth: a user may well make a chain of ten thousand processes. */
import type { ProcessNode } from "../../inspect/process_tree.ts";

/** Deeper than this nothing is drawn: no picture shows it, and each level takes a part of the stack. */
const DEEPEST = 500;

/** All processes in a tree, in no order that matters. */
export function* everyNode(roots: readonly ProcessNode[]): Generator<ProcessNode> {
  const left = [...roots];
  for (let node = left.pop(); node; node = left.pop()) {
    yield node;
    left.push(...node.children);
  }
}

/** A tree that is not too deep, and how many processes have been cut off. */
export interface Pruned {
  readonly roots: readonly ProcessNode[];
  readonly cut: number;
}

/** Cuts off what is too deep. */
export function prune(roots: readonly ProcessNode[], deepest = DEEPEST): Pruned {
  let cut = 0;
  const copy = (node: ProcessNode, levels: number): ProcessNode => {
    if (levels > 1) {
      return { ...node, children: node.children.map((child) => copy(child, levels - 1)) };
    }
    for (const _ of everyNode(node.children)) cut++;
    return { ...node, children: [] };
  };
  return { roots: roots.map((root) => copy(root, deepest)), cut };
}
