// Full-text search over titles, messages and attached files. The word index finds terms and beginnings of words and ranks them; the index of
// three characters finds what stands inside of words; what is shorter and no word is looked for in the newest messages.
import type { Database } from 'better-sqlite3';
import type { Conversation, Id, Message, SearchMatch, SearchPage, SearchResult, Time } from '../ipc/contract.ts';
import { pieceIsCut, pieceName, pieceText } from './attachmentPieces.ts';
import type { ConversationStore } from './conversations.ts';
import type { SearchBacklog } from './searchBacklog.ts';
import { parseQuery, partsExpression, wordsExpression, type Term } from './searchQuery.ts';
import { containsAll, highlightsIn, snippetOf } from './searchSnippet.ts';

/** Newest matches that are ranked: bounds the time that a very common word takes. */
const ranked = 2000;
/** Newest rows of the index of three characters whose text is looked at. */
const checked = 1000;
/** Newest messages that are read for a term which no index knows. */
const scanned = 5000;
/** The same of pieces of files, which are forty times as long as a message. */
const rankedPieces = 100;
const checkedPieces = 12;
/** bm25 walks through all rows of every term. What holds all of more terms is ranked by its newness alone. */
const mostTermsRanked = 4;
const rank = (index: string): string => `iif(:isRanked, bm25(${index}), -1) AS rank`;
/** So many whole words make it needless to look inside of words. */
const plenty = 200;
const shownMessages = 3;
const monthMs = 30 * 24 * 60 * 60 * 1000;

/** The tests check the plans of these. */
export const findMessagesByWords = `
  SELECT sequence, conversation_id AS conversationId, created_at AS time, rank FROM
    (SELECT rowid, ${rank('message_words')} FROM message_words WHERE message_words MATCH :terms ORDER BY rowid DESC LIMIT ${ranked})
  AS found CROSS JOIN messages ON messages.sequence = found.rowid`;
export const findMessagesByParts = `
  SELECT sequence, conversation_id AS conversationId, created_at AS time, text FROM
    (SELECT rowid FROM message_parts WHERE message_parts MATCH ? ORDER BY rowid DESC LIMIT ${checked})
  AS found CROSS JOIN messages ON messages.sequence = found.rowid`;
const scanMessages = `
  SELECT sequence, conversation_id AS conversationId, created_at AS time, text
  FROM messages WHERE status <> 'streaming' ORDER BY sequence DESC LIMIT ${scanned}`;
export const findPiecesByWords = `
  SELECT number, sequence, conversation_id AS conversationId, created_at AS time, rank FROM
    (SELECT rowid, ${rank('attachment_words')} FROM attachment_words WHERE attachment_words MATCH :terms
     ORDER BY rowid DESC LIMIT ${rankedPieces})
  AS found CROSS JOIN attachment_pieces ON number = found.rowid CROSS JOIN messages USING (sequence)`;
const checkedPiece = `number, sequence, conversation_id AS conversationId, created_at AS time, ${pieceName} || char(10) || ${pieceText} AS text`;
export const findPiecesByParts = `
  SELECT ${checkedPiece} FROM
    (SELECT rowid FROM attachment_parts WHERE attachment_parts MATCH ? ORDER BY rowid DESC LIMIT ${checkedPieces})
  AS found CROSS JOIN attachment_pieces ON number = found.rowid CROSS JOIN messages USING (sequence)`;
const scanPieces = `
  SELECT ${checkedPiece} FROM
    (SELECT * FROM attachment_pieces WHERE indexed = 1 ORDER BY number DESC LIMIT ${checkedPieces})
  CROSS JOIN messages USING (sequence)`;
const findTitlesByWords = `
  SELECT id, updated_at AS time, ${rank('title_words')} FROM title_words
  CROSS JOIN conversations ON conversations.number = title_words.rowid
  WHERE title_words MATCH :terms AND deleted_at IS NULL ORDER BY title_words.rowid DESC LIMIT ${ranked}`;
const findTitlesByParts = `
  SELECT id, updated_at AS time, title AS text FROM title_parts
  CROSS JOIN conversations ON conversations.number = title_parts.rowid
  WHERE title_parts MATCH ? AND deleted_at IS NULL ORDER BY title_parts.rowid DESC LIMIT ${ranked}`;
const scanTitles = `
  SELECT id, updated_at AS time, title AS text FROM conversations WHERE deleted_at IS NULL
  ORDER BY number DESC LIMIT ${scanned}`;

export interface SearchStore {
  /** Never fails for what is typed; a query without anything to look for finds nothing. */
  find(query: string, offset: number, limit: number): SearchPage;
}

interface Hit {
  time: Time;
  /** bm25: the smaller, the better; missing where only a part of a word was found. */
  rank?: number;
  text?: string;
}
type MessageHit = Hit & { sequence: number; conversationId: Id };
type PieceHit = MessageHit & { number: number };
type TitleHit = Hit & { id: Id };

/** A message that matches, or a piece of a file that goes with it. */
interface Match {
  sequence: number;
  piece?: number;
  score: number;
}

interface MessageRow {
  id: Id;
  role: Message['role'];
  text: string;
  created_at: Time;
}

interface PieceRow extends MessageRow {
  name: string;
  cutBefore: 0 | 1;
  cutAfter: 0 | 1;
}

interface Candidate {
  id: Id;
  titleScore: number;
  /** By sequence. */
  messages: Map<number, Match>;
}

export function createSearchStore(
  database: Database,
  conversations: ConversationStore,
  backlog: SearchBacklog,
): SearchStore {
  const message = database.prepare('SELECT id, role, text, created_at FROM messages WHERE sequence = ?');
  const piece = database.prepare(
    `SELECT messages.id, role, created_at, ${pieceName} AS name, ${pieceText} AS text, start > 0 AS cutBefore, ${pieceIsCut} AS cutAfter
     FROM attachment_pieces JOIN messages USING (sequence) WHERE number = ?`,
  );
  const present = database.prepare('SELECT updated_at FROM conversations WHERE id = ? AND deleted_at IS NULL').pluck();
  const messageHits = finder<MessageHit>(database, findMessagesByWords, findMessagesByParts, scanMessages);
  const pieceHits = finder<PieceHit>(database, findPiecesByWords, findPiecesByParts, scanPieces);
  const titleHits = finder<TitleHit>(database, findTitlesByWords, findTitlesByParts, scanTitles);

  const candidates = (terms: readonly Term[]): Candidate[] => {
    const found = new Map<Id, Candidate>();
    const candidate = (id: Id): Candidate => {
      const known = found.get(id) ?? { id, titleScore: 0, messages: new Map<number, Match>() };
      found.set(id, known);
      return known;
    };
    const now = Date.now();
    const titles = titleHits(terms, ({ id }) => id);
    for (const { hit, score } of scored(titles, now)) candidate(hit.id).titleScore = 1 + score;
    const messages = messageHits(terms, ({ sequence }) => sequence);
    for (const { hit, score } of scored(messages, now))
      candidate(hit.conversationId).messages.set(hit.sequence, { sequence: hit.sequence, score });
    const pieces = pieceHits(terms, ({ number }) => number);
    for (const { hit, score } of scored(pieces, now)) {
      const { messages: matches } = candidate(hit.conversationId);
      const match = { sequence: hit.sequence, piece: hit.number, score: score - highestScore };
      if (match.score > (matches.get(hit.sequence)?.score ?? -Infinity)) matches.set(hit.sequence, match);
    }
    return [...found.values()];
  };

  const result = ({ id, messages }: Candidate, terms: readonly Term[]): SearchResult => {
    const conversation: Conversation = conversations.get(id);
    const best = [...messages.values()].sort(
      (left, right) => right.score - left.score || right.sequence - left.sequence,
    );
    return {
      conversation,
      titleHighlights: highlightsIn(conversation.title, terms),
      matches: messages.size,
      messages: best.slice(0, shownMessages).map((match) => shown(match, terms)),
    };
  };

  const shown = ({ sequence, piece: number }: Match, terms: readonly Term[]): SearchMatch => {
    if (number === undefined) {
      const row = message.get(sequence) as MessageRow;
      return { messageId: row.id, role: row.role, createdAt: row.created_at, ...snippetOf(row.text, terms) };
    }
    const row = piece.get(number) as PieceRow;
    const snippet = snippetOf(row.text, terms);
    return {
      ...{ messageId: row.id, role: row.role, createdAt: row.created_at, ...snippet },
      file: { name: row.name, highlights: highlightsIn(row.name, terms) },
      cutBefore: snippet.cutBefore || row.cutBefore === 1,
      cutAfter: snippet.cutAfter || row.cutAfter === 1,
    };
  };

  return {
    find(query, offset, limit) {
      const terms = parseQuery(query);
      if (terms.length === 0) return { results: [], total: 0, notIndexed: backlog.size() };
      const there = candidates(terms)
        .map((candidate) => ({ candidate, updatedAt: present.get(candidate.id) as Time | undefined }))
        .filter(({ updatedAt }) => updatedAt !== undefined)
        .map(({ candidate, updatedAt = 0 }) => ({
          candidate,
          updatedAt,
          score: scoreOf(candidate),
        }))
        .sort((left, right) => right.score - left.score || right.updatedAt - left.updatedAt);
      const page = there.slice(offset, offset + limit);
      const results = page.map(({ candidate }) => result(candidate, terms));
      return { results, total: there.length, notIndexed: backlog.size() };
    },
  };
}

/** A title counts most; what only files hold, least. */
function scoreOf({ titleScore, messages }: Candidate): number {
  const best = Math.max(...[...messages.values()].map(({ score }) => score));
  return titleScore > 0 ? titleScore + Math.max(0, best) : best;
}

/** Three ways of finding, in this order; the later ones only where the earlier ones cannot find all or find little. */
function finder<Found extends Hit>(database: Database, byWords: string, byParts: string, scan: string) {
  const words = database.prepare(byWords);
  const parts = database.prepare(byParts);
  const all = database.prepare(scan);
  return (terms: readonly Term[], key: (hit: Found) => unknown): Found[] => {
    const hits = new Map<unknown, Found>();
    const add = (found: Iterable<unknown>): void => {
      for (const hit of found as Iterable<Found>)
        if (!hits.has(key(hit)) && containsAll(hit.text ?? '', terms)) hits.set(key(hit), hit);
    };
    const plain = terms.every((term) => term.plain);
    const isRanked = Number(terms.length <= mostTermsRanked);
    const query = { terms: wordsExpression(terms), isRanked };
    if (plain) for (const hit of words.all(query) as Found[]) hits.set(key(hit), hit);
    const expression = partsExpression(terms);
    if (expression !== undefined && hits.size < plenty) add(parts.all(expression));
    if (expression === undefined && !plain) add(all.iterate());
    return [...hits.values()];
  };
}

const highestScore = 1.5;

/** 0 to 1 for how well it matches, and up to a half for how new it is. */
function scored<Found extends Hit>(hits: readonly Found[], now: Time): { hit: Found; score: number }[] {
  const best = hits.reduce((least, { rank }) => Math.min(least, rank ?? 0), 0);
  return hits.map((hit) => {
    const match = hit.rank === undefined ? 0 : hit.rank / (best || -1);
    return { hit, score: match + 0.5 / (1 + Math.max(0, now - hit.time) / monthMs) };
  });
}
