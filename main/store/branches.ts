// Which branch is shown where the tree forks: every message remembers the child that was shown last.
import type { Database } from 'better-sqlite3';
import type { Id } from '../ipc/contract.ts';

export interface Branches {
  /** A leaf is shown: all messages above it remember the way to it. */
  remember(leafId: Id): void;
  /** From a message down to where it was last left; along the newest messages where it never was. */
  leafBelow(messageId: Id): Id;
}

/** The tests check the plans of these. */
export const rememberBranch = `
  WITH RECURSIVE path (id, child_id) AS (
    SELECT parent_id, id FROM messages WHERE id = ? AND parent_id IS NOT NULL
    UNION ALL
    SELECT messages.parent_id, messages.id FROM path CROSS JOIN messages ON messages.id = path.id
    WHERE messages.parent_id IS NOT NULL
  )
  UPDATE messages SET shown_child_id = path.child_id FROM path
  WHERE messages.id = path.id AND messages.shown_child_id IS NOT path.child_id`;
export const findLeaf = `
  WITH RECURSIVE down (id, depth) AS (
    SELECT ?, 0
    UNION ALL
    SELECT coalesce(
      (SELECT child.id FROM messages AS parent JOIN messages AS child ON child.id = parent.shown_child_id
       WHERE parent.id = down.id AND child.parent_id = parent.id),
      (SELECT id FROM messages WHERE parent_id = down.id ORDER BY sequence DESC LIMIT 1)
    ), depth + 1
    FROM down WHERE down.id IS NOT NULL
  )
  SELECT id FROM down WHERE id IS NOT NULL ORDER BY depth DESC LIMIT 1`;

export function createBranches(database: Database): Branches {
  const remember = database.prepare(rememberBranch);
  const leaf = database.prepare(findLeaf).pluck();
  return {
    remember: (leafId) => void remember.run(leafId),
    leafBelow: (messageId) => leaf.get(messageId) as Id,
  };
}
