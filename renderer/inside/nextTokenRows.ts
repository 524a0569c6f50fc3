// The picture of the next token as rows: what one step, or all of them, made of the likeliest tokens. Pure.
import type { NextTokenDistribution } from '../../engine/protocol.ts';

export interface TokenRow {
  id: number;
  text: string;
  /** Probabilities before and after, 0…1. */
  before: number;
  after: number;
}

export interface Comparison {
  rows: TokenRow[];
  /** The mass of all tokens that have no row. */
  others: { before: number; after: number };
  /** Tokens that can still be drawn afterwards, and how many the model knows. */
  left: number;
  all: number;
}

const mostRows = 8;

/**
 * @param step place among the stages, compared with the one before it; null: all steps with the model itself
 */
export function compare({ tokens, stages }: NextTokenDistribution, step: number | null): Comparison {
  const after = stages[step ?? stages.length - 1];
  const before = step === null ? stages[0] : stages[Math.max(0, step - 1)];
  const rows = tokens.map(({ id, text }, place) => ({
    id,
    text,
    before: before.probabilities[place] ?? 0,
    after: after.probabilities[place] ?? 0,
  }));
  // Rows keep their places while a knob moves: the model's own order, those that a bias lifted at the end.
  const largest = [...rows].sort((a, b) => Math.max(b.before, b.after) - Math.max(a.before, a.after));
  const chosen = new Set(largest.slice(0, mostRows));
  const shown = rows.filter((row) => chosen.has(row));
  const rest = (key: 'before' | 'after') => Math.max(0, 1 - shown.reduce((sum, row) => sum + row[key], 0));
  return {
    rows: shown,
    others: { before: rest('before'), after: rest('after') },
    left: after.kept,
    all: stages[0].kept,
  };
}

/** The end of what was said, on one line. */
export function tailOf(said: string, most = 22): string {
  const line = said.trim().replace(/\s+/g, ' ');
  const characters = [...line];
  return characters.length <= most ? line : `…${characters.slice(-most).join('').trimStart()}`;
}
