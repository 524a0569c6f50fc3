// What a model recommends with thoughts and without, and how its template says whether it has any.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { samplingByMode } from '../../../engine/format/recommendedSampling.ts';
import { thinkingKind } from '../../../engine/format/thinkingKind.ts';

const hybrid = readFileSync(new URL('../../fixtures/chat-template/qwen3Hybrid.jinja', import.meta.url), 'utf8');
const turns = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content.split('<think>')[0] }}{% endfor %}";
const start = (opened: string) => `{% if add_generation_prompt %}<|im_start|>assistant\n${opened}{% endif %}`;

describe('a template', () => {
  it.each([
    ['optional', hybrid],
    ['always', turns + start('<think>\n')],
    ['never', turns + start('')],
    ['never', turns],
    ['never', null],
  ] as const)('thinks: %s', (kind, template) => {
    expect(thinkingKind(template)).toBe(kind);
  });
});

describe('the values for each mode', () => {
  it("are the card's where a model can do both; what its files say is for answers with thoughts", () => {
    expect(samplingByMode('optional', { temperature: 0.5 })).toEqual({
      recommendedSampling: { temperature: 0.7, topP: 0.8, topK: 20, minP: 0 },
      thinkingSampling: { temperature: 0.5, topP: 0.95, topK: 20, minP: 0 },
    });
    expect(samplingByMode('always', {}).recommendedSampling).toMatchObject({ temperature: 0.6, topP: 0.95 });
    expect(samplingByMode('never', { topK: 40 })).toEqual({ recommendedSampling: { topK: 40 } });
  });
});
