// Reads a conversation's messages as a tree: the branch that is shown, and the answers beside one. Pure.
import type { Id } from '../../main/ipc/contract.ts';

export interface TreeNode {
  id: Id;
  parentId: Id | null;
  createdAt: number;
}

/** From the first message to the leaf. A parent that is missing ends the walk, so a damaged tree still shows its end. */
export function branchTo<Node extends TreeNode>(nodes: ReadonlyMap<Id, Node>, leafId: Id | null): Node[] {
  const branch: Node[] = [];
  const seen = new Set<Id>();
  for (let id = leafId; id !== null && !seen.has(id);) {
    const node = nodes.get(id);
    if (!node) break;
    seen.add(id);
    branch.push(node);
    id = node.parentId;
  }
  return branch.reverse();
}

/** The node and those with the same parent, oldest first. */
export function siblingsOf<Node extends TreeNode>(nodes: ReadonlyMap<Id, Node>, node: Node): Node[] {
  return [...nodes.values()].filter(({ parentId }) => parentId === node.parentId).sort(byCreation);
}

/** The newest message under a node: where a branch goes on when one switches to it. */
export function newestLeafUnder<Node extends TreeNode>(nodes: ReadonlyMap<Id, Node>, start: Node): Node {
  let leaf = start;
  for (;;) {
    const newest = [...nodes.values()]
      .filter(({ parentId }) => parentId === leaf.id)
      .sort(byCreation)
      .at(-1);
    if (!newest) return leaf;
    leaf = newest;
  }
}

function byCreation(a: TreeNode, b: TreeNode): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
}
