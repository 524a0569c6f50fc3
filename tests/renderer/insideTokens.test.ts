// What the views of tokens say: percentages, ranks, branches, the load of experts.
import { describe, expect, it } from 'vitest';
import type { RecordedToken } from '../../engine/protocol.ts';
import {
  branchRecord,
  chosenBy,
  describeToken,
  expertLoad,
  focusOf,
  percentOf,
  placeRecord,
  rankOf,
  textOf,
  unsureness,
  visible,
} from '../../renderer/inside/tokens.ts';

const experts = {
  layers: 2,
  used: 2,
  ids: Uint16Array.from([3, 0, 1, 3]),
  weights: Float32Array.from([0.75, 0.25, 0.5, 0.5]),
};
const token = (text: string, id: number, logprob: number): RecordedToken => ({
  text,
  token: {
    id,
    logprob,
    sampledLogprob: logprob,
    alternatives: [
      { id: 1, logprob: Math.log(0.5), text: ' one' },
      { id: 2, logprob: Math.log(0.3), text: ' two' },
      { id: 3, logprob: Math.log(0.1), text: '\ufffd' },
    ],
    experts,
  },
});
const record = [token('I', 9, -0.1), token(' two', 2, Math.log(0.3)), token('.', 7, Math.log(0.01))];

describe('tokens of an answer', () => {
  it('reads shares, ranks and spaces', () => {
    expect([percentOf(0), percentOf(Math.log(0.314)), percentOf(-12), percentOf(-Infinity)]).toEqual([
      '100.0',
      '31.4',
      '<0.1',
      '0.0',
    ]);
    expect(record.map(rankOf)).toEqual([null, 2, null]);
    expect(describeToken(record[1])).toBe('probability 30.0 % · log-prob −1.20 · rank 2');
    expect(describeToken(record[2])).toContain('rank beyond 3');
    expect([0.9, 0.6, 0.3, 0.2, 0.05].map((one) => unsureness(Math.log(one)))).toEqual([0, 1, 2, 3, 4]);
    expect([visible(' a\n'), visible('')]).toEqual(['“ a↵”', '∅']);
  });

  it('belongs to the end of a text, or to none', () => {
    expect(placeRecord('Before. I two.', record)).toEqual({ before: 'Before. ' });
    expect(placeRecord('I two.', record)).toEqual({ before: '' });
    expect(placeRecord('I two. Edited', record)).toBeNull();
  });

  it('branches with another token, keeping what stands before it', () => {
    const branch = branchRecord(record, 1, 1)!;
    expect(textOf(branch)).toBe('I one');
    expect(branch.map((one) => one.token.id)).toEqual([9, 1]);
    expect(branch[1].token).toMatchObject({ logprob: Math.log(0.5), forced: true });
    expect(branch[1].token.experts).toBeUndefined();
    expect(branchRecord(record, 1, 3)).toBeNull();
    expect(branchRecord(record, 1, 42)).toBeNull();
    expect(branchRecord(record, 9, 1)).toBeNull();
  });

  it('counts experts and says how far a layer leaned on one', () => {
    expect(expertLoad(record)).toEqual([3, 3, 0, 6]);
    expect([focusOf(experts, 0), focusOf(experts, 1)]).toEqual([0.75, 0.5]);
    expect(chosenBy(experts, 0)).toEqual([
      { expert: 3, weight: 0.75 },
      { expert: 0, weight: 0.25 },
    ]);
  });
});
