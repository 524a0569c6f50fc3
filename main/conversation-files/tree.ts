// The tree of messages that a file describes by ids: checked, thinned out and put in order, parents first. Works without
// recursion: a chat may be thousands of messages deep.
import { refuseFile } from './refusal.ts';

export interface TreeNode {
  id: string;
  parentId: string | null;
  /** Checked against `parentId` where the file names both. */
  childIds?: readonly string[];
  /** Milliseconds since 1970, if known: siblings are in the order of their times. */
  time: number | null;
}

/**
 * Returns the nodes with parents before their children, oldest first as far as that goes, and times that never go back.
 * @throws AppError `not-importable`, for which `where` names the conversation
 */
export function orderTree<Node extends TreeNode>(nodes: readonly Node[], where: string): (Node & { time: number })[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  if (byId.size !== nodes.length) throw refuseFile(`in ${where} two messages have the same id.`);
  for (const { id, parentId, childIds = [] } of nodes) {
    if (parentId !== null && !byId.has(parentId))
      throw refuseFile(`in ${where} a message answers one that is not in the file.`, id);
    for (const childId of childIds)
      if (byId.get(childId)?.parentId !== id && byId.has(childId))
        throw refuseFile(`in ${where} a message has two parents, so the messages are no tree.`, childId);
  }

  const order = new Map<string, { time: number; depth: number }>();
  for (const start of nodes) {
    const way: Node[] = [];
    const seen = new Set<string>();
    let node: Node | undefined = start;
    while (node !== undefined && !order.has(node.id)) {
      if (seen.has(node.id)) throw refuseFile(`in ${where} the messages answer each other in a circle.`, node.id);
      seen.add(node.id);
      way.push(node);
      node = node.parentId === null ? undefined : byId.get(node.parentId);
    }
    for (const { id, parentId, time } of way.reverse()) {
      const above = parentId === null ? undefined : order.get(parentId);
      order.set(id, { time: Math.max(time ?? 0, above?.time ?? 0), depth: (above?.depth ?? -1) + 1 });
    }
  }
  const place = (node: Node) => order.get(node.id) ?? { time: 0, depth: 0 };
  return nodes
    .map((node) => ({ ...node, time: place(node).time }))
    .sort((left, right) => left.time - right.time || place(left).depth - place(right).depth);
}

/**
 * For every node of an ordered tree the place, in the list of those that are kept, of itself or of the nearest kept node
 * above it; null where there is none.
 */
export function keptPlaces<Node extends TreeNode>(
  ordered: readonly Node[],
  isKept: (node: Node) => boolean,
): Map<string, number | null> {
  const places = new Map<string, number | null>();
  let kept = 0;
  for (const node of ordered)
    places.set(node.id, isKept(node) ? kept++ : node.parentId === null ? null : (places.get(node.parentId) ?? null));
  return places;
}
