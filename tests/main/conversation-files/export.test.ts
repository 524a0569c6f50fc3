import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { exportJson } from '../../../main/conversation-files/exportJson.ts';
import { exportMarkdown } from '../../../main/conversation-files/exportMarkdown.ts';
import { fileNameFrom } from '../../../main/conversation-files/fileName.ts';
import { fileSchema } from '../../../main/conversation-files/format.ts';
import { readImport } from '../../../main/conversation-files/importFile.ts';
import { readPresets, writePresets } from '../../../main/conversation-files/presetFile.ts';
import { exportConversations } from '../../../main/conversation-files/transfer.ts';
import { createId } from '../../../main/store/id.ts';
import type { WholeConversation, WholeMessage } from '../../../main/store/wholeConversations.ts';
import { someSampling } from '../../support/sampling.ts';
import { codeOf, openTestStore } from '../store/support.ts';
import { fixtureBytes, openFiles } from './support.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 30 });
const time = fc.integer({ min: 0, max: 2e12 });
const generation = fc.record({
  modelId: fc.stringMatching(/^[a-z0-9-]{1,20}$/),
  sampling: fc.constant(someSampling),
  seed: fc.option(fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  stopReason: fc.option(fc.constantFrom('end', 'length', 'context', 'aborted')),
  timings: fc.option(
    fc.constant({
      ...{ promptTokens: 1, reusedTokens: 0, generatedTokens: 2, firstTokenMs: 3.5 },
      ...{ prefillMs: 1, decodeMs: 2, tokensPerSecond: 50.25 },
    }),
  ),
  error: fc.option(fc.record({ code: fc.constant('device-lost'), message: text })),
});

const none = fc.constant([] as never[]);
const name = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' });

/** A message whose parent and original are among those before it. */
const messageAt = (place: number): fc.Arbitrary<WholeMessage> => {
  const earlier = place === 0 ? fc.constant(null) : fc.option(fc.nat(place - 1));
  const common = {
    ...{ parent: earlier, editedFrom: earlier, text, createdAt: time },
    importedFrom: fc.constantFrom(null, 'openai', 'llama.cpp'),
    status: fc.constantFrom('complete', 'stopped', 'interrupted', 'failed'),
  } as const;
  const ofNoModel = { modelId: fc.constant(null), generation: fc.constant(null), earlierParts: none };
  const attachments = fc.array(fc.record({ name, text, pages: fc.option(fc.nat(9)), tokens: fc.option(fc.nat(99)) }), {
    maxLength: 2,
  });
  const turn = fc.record<WholeMessage>({ ...common, ...ofNoModel, role: fc.constant('user'), attachments });
  const system = fc.record<WholeMessage>({ ...common, ...ofNoModel, role: fc.constant('system'), attachments: none });
  const answer = fc
    .record<WholeMessage>({
      ...{ ...common, role: fc.constant('assistant'), modelId: fc.stringMatching(/^[a-z]{1,9}$/), attachments: none },
      generation: fc.option(generation),
      tokens: fc.constantFrom('AQAA', 'AQAB'),
      thinkingMs: fc.nat(100_000),
      earlierParts: fc.array(fc.record({ textLength: fc.nat(100), generation: fc.option(generation) }), {
        maxLength: 2,
      }),
    })
    .map((message) => ({ ...message, modelId: message.generation?.modelId ?? message.modelId }));
  return fc.oneof(turn, system, answer);
};
const conversation = fc.nat(8).chain((count) =>
  fc.record<WholeConversation>({
    title: fc.stringMatching(/^[a-zA-Z<>&"*_ü日]{1,40}$/),
    titleSource: fc.constantFrom('auto', 'model', 'user'),
    modelId: fc.constantFrom('starter-v0', 'other'),
    sampling: fc.constantFrom({}, { temperature: 0.5, seed: null }),
    thinking: fc.constantFrom({ on: false }, { budget: 64 }),
    systemPrompt: text,
    pinned: fc.boolean(),
    archived: fc.boolean(),
    folder: fc.option(fc.constantFrom('Work', 'Art & more')),
    createdAt: time,
    updatedAt: time,
    leaf: count === 0 ? fc.constant(null) : fc.option(fc.nat(count - 1)),
    messages: fc.tuple(...Array.from({ length: count }, (_, place) => messageAt(place))),
  }),
);

const wellFormed = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

describe('there and back', () => {
  test('any tree survives the database and the file', () => {
    const store = openTestStore();
    fc.assert(
      fc.property(fc.array(conversation, { maxLength: 3 }), (all) => {
        const ids = store.wholeConversations.add(all);
        const stored = ids.map((id) => store.wholeConversations.read(id));
        expect(stored).toEqual(wellFormed(all));
        const file = exportJson(stored, Date.now());
        const read = readImport(Buffer.from(file), 'starter-v0');
        expect(read).toEqual({ source: 'conclave', conversations: stored, leftOut: 0 });
      }),
      { numRuns: 60 },
    );
  });

  test('through the contract: the copy exports to the same file', async () => {
    const { ask, importBytes } = openFiles();
    for (const name of ['openai-conversations.json', 'llama-cpp-webui.json', 'conclave.json'])
      await importBytes(fixtureBytes(name));
    const first = await ask('conversations:export', { ids: null, format: 'json' });
    const other = openFiles();
    await other.importBytes(Buffer.from(first.text));
    const second = await other.ask('conversations:export', { ids: null, format: 'json' });
    const content = (file: string) => {
      const { exportedAt: _, ...rest } = v.parse(fileSchema, JSON.parse(file));
      return rest;
    };
    expect(content(second.text)).toEqual(content(first.text));
    expect(content(first.text).conversations).toHaveLength(4);
    expect(first).toMatchObject({ mediaType: 'application/json', name: /^Conclave \d{4}-\d\d-\d\d\.json$/ });
  });

  test('without the records of tokens, where they would make the file too large to be imported again', async () => {
    const { services, ask, importBytes } = openFiles();
    await importBytes(fixtureBytes('conclave.json'));
    const [{ id }] = await ask('conversations:list', null);
    const [question] = await ask('messages:list', { conversationId: id });
    const answer = { conversationId: id, parentId: question.id, modelId: 'starter-v0', sampling: someSampling };
    for (const record of ['AQAA', 'AQAB']) {
      const { id: answerId } = await ask('answers:start', answer);
      const end = { status: 'complete', seed: 1, stopReason: 'end', timings: null, error: null } as const;
      await ask('answers:finish', { id: answerId, text: 'Yes.', ...end, tokens: { from: 0, record } });
    }
    const all = { ids: null, format: 'json' } as const;
    const whole = exportConversations(services, all, 16);
    expect(whole.text).toContain('"AQAB"');
    expect(whole.withoutTokens).toBeUndefined();
    const bare = exportConversations(services, all, 15);
    expect(bare.withoutTokens).toBe(2);
    expect(bare.text).not.toMatch(/"AQA[AB]"/);
    expect(readImport(Buffer.from(bare.text), 'starter-v0').conversations[0].messages.at(-1)?.text).toBe('Yes.');
  });

  test('what is not there cannot be exported', async () => {
    const { send } = openFiles();
    const reply = await send('conversations:export', { ids: [createId()], format: 'json' });
    expect(reply).toMatchObject({ error: { code: 'not-found' } });
  });
});

describe('Markdown', () => {
  test('the branch that is shown, with names, thinking folded, and what became of answers', async () => {
    const { ask, importBytes } = openFiles();
    const reply = await importBytes(fixtureBytes('llama-cpp-webui.json'));
    const ids = reply.ok ? reply.value.conversationIds : [];
    const file = await ask('conversations:export', { ids, format: 'markdown' });
    expect(file).toMatchObject({ name: 'Rain script alert(1) script.md', mediaType: 'text/markdown' });
    expect(file.text).toBe(
      [
        '# Rain \\<script\\>alert(1)\\</script\\>',
        '*2024-07-03*',
        '## System prompt',
        'Answer briefly.',
        '## You',
        '<details>\n<summary>notes.txt</summary>\n\n```\nClouds are drops.\n```\n\n</details>',
        'Why does it rain?\n\n[cloud.png]',
        '*imported from llama.cpp*',
        '## qwen3\\-4b',
        '<details>\n<summary>Thinking</summary>\n\nThey ask about rain.\n\n</details>\n\nDrops grow and fall.',
        '*imported from llama.cpp*',
        '*1 message of other branches not shown; the JSON export has them.*\n',
      ].join('\n\n'),
    );
  });

  test('names of models, speed and seed; several conversations', () => {
    const { conversations } = readImport(fixtureBytes('conclave.json'), 'm');
    const shown = { ...conversations[0], leaf: 1 };
    const markdown = exportMarkdown([shown, { ...shown, leaf: null, messages: [] }], () => 'Starter');
    expect(markdown).toContain('## Starter\n\nParis.\n\n*stopped · 50.0 tok/s · seed 42*');
    expect(markdown.split('\n---\n')).toHaveLength(2);
  });
});

describe('file names', () => {
  test.each([
    ['Rain', 'Rain'],
    ['a/b\\c:d*e?f"g<h>i|j', 'a b c d e f g h i j'],
    ['../../etc/passwd', 'etc passwd'],
    ['...', 'conversation'],
    ['CON', 'conversation'],
    ['  \n\0 ', 'conversation'],
    ['日本語 🎉', '日本語 🎉'],
    ['dot.', 'dot'],
    ['x'.repeat(300), 'x'.repeat(80)],
  ])('%j', (title, name) => {
    expect(fileNameFrom(title)).toBe(name);
  });
});

describe('presets', () => {
  const preset = {
    ...{ name: 'Poet', systemPrompt: 'Rhyme.', sampling: { temperature: 1.2, seed: null }, modelId: null },
    thinking: { on: false, budget: 100 },
  };

  test('there and back', async () => {
    expect(readPresets(writePresets([preset]))).toEqual([preset]);
    const { ask } = openFiles();
    const { id } = await ask('presets:save', { id: null, ...preset });
    const file = await ask('presets:export', { ids: [id] });
    expect(file.name).toBe('Poet.json');
    expect(await ask('presets:import', { text: file.text })).toMatchObject([{ ...preset, name: 'Poet (2)' }]);
    expect(await ask('presets:list', null)).toHaveLength(2);
  });

  test('of the first version, which says nothing of thinking, are read', () => {
    const { thinking: _none, ...older } = preset;
    const file = writePresets([older]).replace('"version": 2', '"version": 1');
    expect(file).toContain('"version": 1');
    expect(readPresets(file)).toEqual([older]);
  });

  test.each([
    ['no JSON', 'Poet'],
    ['another file', fixtureBytes('conclave.json').toString()],
    ['a later version', writePresets([preset]).replace('"version": 2', '"version": 3')],
    ['a value out of range', writePresets([{ ...preset, sampling: { temperature: -1 } }])],
    ['no name', writePresets([{ ...preset, name: ' ' }])],
    ['no presets', writePresets([])],
  ])('%s is refused', async (_, file) => {
    expect(codeOf(() => readPresets(file))).toBe('not-importable');
    const { send, dump } = openFiles();
    const before = dump();
    expect(await send('presets:import', { text: file })).toMatchObject({ error: { code: 'not-importable' } });
    expect(dump()).toBe(before);
  });
});
