// The list as rows: the pinned, the folders, then the others by day. Which rows are in view is arithmetic, because
// every row has a height that is known before it is drawn. Pure.
import type { Conversation, Folder, Id, Time } from '../../main/ipc/contract.ts';
import { groupOf } from './grouping.ts';

export type Row =
  | { kind: 'conversation'; key: string; conversation: Conversation; heading: string | null; indented: boolean }
  | { kind: 'folder'; key: string; folder: Folder; count: number; open: boolean; heading: string | null }
  | { kind: 'archive'; key: string; open: boolean }
  | { kind: 'empty'; key: string };

export interface RowSources {
  list: readonly Conversation[];
  archived: readonly Conversation[];
  folders: readonly Folder[];
  isOpen: (folderId: Id) => boolean;
  archiveOpen: boolean;
  pinnedHeading: string;
  foldersHeading: string;
  now: Time;
}

/** Pixels; ConversationList.svelte and its parts keep to them. */
export const rowHeight = 33;
export const headingHeight = 34;

export function rowsOf({
  list,
  archived,
  folders,
  isOpen,
  archiveOpen,
  pinnedHeading,
  foldersHeading,
  now,
}: RowSources): Row[] {
  const rows: Row[] = [];
  const known = new Set(folders.map(({ id }) => id));
  const inFolder = new Map<Id, Conversation[]>();
  const rest: Conversation[] = [];
  let heading: string | null = pinnedHeading;
  for (const conversation of list) {
    const { folderId, pinned } = conversation;
    if (pinned) {
      rows.push({ kind: 'conversation', key: conversation.id, conversation, heading, indented: false });
      heading = null;
    } else if (folderId !== null && known.has(folderId)) {
      inFolder.set(folderId, [...(inFolder.get(folderId) ?? []), conversation]);
    } else rest.push(conversation);
  }
  heading = foldersHeading;
  for (const folder of folders) {
    const inside = inFolder.get(folder.id) ?? [];
    const open = isOpen(folder.id);
    rows.push({ kind: 'folder', key: folder.id, folder, count: inside.length, open, heading });
    heading = null;
    if (open) rows.push(...indented(inside, folder.id));
  }
  let previous = '';
  for (const conversation of rest) {
    const group = groupOf(conversation.updatedAt, now);
    const first = group === previous ? null : group;
    rows.push({ kind: 'conversation', key: conversation.id, conversation, heading: first, indented: false });
    previous = group;
  }
  if (archived.length === 0) return rows;
  rows.push({ kind: 'archive', key: 'archive', open: archiveOpen });
  if (archiveOpen) rows.push(...indented(archived, 'archive'));
  return rows;
}

function indented(conversations: readonly Conversation[], key: string): Row[] {
  if (conversations.length === 0) return [{ kind: 'empty', key: `${key}-empty` }];
  return conversations.map((conversation) => ({
    kind: 'conversation',
    key: conversation.id,
    conversation,
    heading: null,
    indented: true,
  }));
}

const heightOf = (row: Row) => rowHeight + ('heading' in row && row.heading !== null ? headingHeight : 0);

/** Where each row begins, and last where the list ends; in pixels. */
export function offsetsOf(rows: readonly Row[]): number[] {
  const offsets = [0];
  for (const row of rows) offsets.push(offsets.at(-1)! + heightOf(row));
  return offsets;
}

/** The rows from `start` (inclusive) to `end` (exclusive) that lie between two pixels, and some around them. */
export function rowsBetween(offsets: readonly number[], top: number, bottom: number): { start: number; end: number } {
  const around = 12;
  const last = offsets.length - 1;
  const start = Math.max(0, lastAtMost(offsets, top) - around);
  const end = Math.min(last, lastAtMost(offsets, bottom) + 1 + around);
  return { start, end };
}

function lastAtMost(offsets: readonly number[], pixel: number): number {
  let low = 0;
  let high = offsets.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (offsets[middle] <= pixel) low = middle;
    else high = middle - 1;
  }
  return low;
}
