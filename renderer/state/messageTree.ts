// Reads a conversation's messages as a tree: the branch that is shown, and the messages beside one. Pure.
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

/** The nodes under each parent (null: where the conversation begins), oldest first. */
export function childrenOf<Node extends TreeNode>(nodes: Iterable<Node>): Map<Id | null, Node[]> {
  const children = new Map<Id | null, Node[]>();
  for (const node of nodes) {
    const list = children.get(node.parentId);
    if (list) list.push(node);
    else children.set(node.parentId, [node]);
  }
  for (const list of children.values()) list.sort(byCreation);
  return children;
}

function byCreation(a: TreeNode, b: TreeNode): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
}
