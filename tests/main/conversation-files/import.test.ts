import { describe, expect, test } from 'vitest';
import { largestFile } from '../../../main/conversation-files/importFile.ts';
import { createId } from '../../../main/store/id.ts';
import { startTurn } from '../store/support.ts';
import { fixture, fixtureBytes, openFiles, type Json } from './support.ts';

/** The texts from a conversation's leaf up to its root, and all of its messages by text. */
function chatOf(store: ReturnType<typeof openFiles>['services']['store'], id: string) {
  const messages = store.messages.list(id);
  const byId = new Map(messages.map((message) => [message.id, message]));
  const branch: string[] = [];
  for (let at = store.conversations.get(id).leafId; at !== null; at = byId.get(at)!.parentId)
    branch.unshift(byId.get(at)!.text);
  return { messages, branch };
}

describe("OpenAI's export", () => {
  test('turns, branches and times are taken over; tools and hidden messages are not', async () => {
    const { services, importBytes } = openFiles();
    const reply = await importBytes(fixtureBytes('openai-conversations.json'));
    expect(reply).toMatchObject({ ok: true, value: { source: 'openai', messages: 4, leftOut: 3 } });
    const [first, second] = reply.ok ? reply.value.conversationIds : [];
    expect(services.store.conversations.get(first)).toMatchObject({
      title: '<img src=x onerror=alert(1)> **Rivers** of Europe',
      ...{ titleSource: 'user', pinned: true, archived: false, createdAt: 1700000000500, updatedAt: 1700000900250 },
      modelId: 'starter-v0',
    });
    const { messages, branch } = chatOf(services.store, first);
    expect(branch).toEqual(['[image]\n\nWhich is the longest river in Europe?', 'The **Volga**, 3,530 km.']);
    expect(messages.map(({ role, createdAt, modelId }) => [role, createdAt, modelId])).toEqual([
      ['user', 1700000001000, null],
      ['assistant', 1700000002000, 'gpt-4o'],
      ['user', 1700000100000, null],
      ['assistant', 1700000103000, 'gpt-4o-mini'],
    ]);
    expect(messages.filter(({ parentId }) => parentId === null)).toHaveLength(2);
    expect(messages.every(({ importedFrom, generation }) => importedFrom === 'openai' && generation === null)).toBe(
      true,
    );
    expect(services.store.conversations.get(second)).toMatchObject({ title: 'New chat', archived: true, leafId: null });
  });

  test('found by the search at once, and goes on like any other chat', async () => {
    const { ask, importBytes } = openFiles();
    await importBytes(fixtureBytes('openai-conversations.json'));
    const { results } = await ask('search:find', { query: 'volga', offset: 0, limit: 10 });
    expect(results).toHaveLength(1);
    const { id: conversationId, leafId } = results[0].conversation;
    await ask('messages:append', { conversationId, parentId: leafId, role: 'user', text: 'And in Asia?' });
    expect(await ask('messages:list', { conversationId })).toHaveLength(5);
  });
});

describe("llama.cpp's export", () => {
  test('newer: thinking, attached text, the system prompt, branches', async () => {
    const { services, importBytes } = openFiles();
    const reply = await importBytes(fixtureBytes('llama-cpp-webui.json'));
    expect(reply).toMatchObject({ ok: true, value: { source: 'llama.cpp', messages: 3, leftOut: 0 } });
    const [id] = reply.ok ? reply.value.conversationIds : [];
    expect(services.store.conversations.details(id)).toMatchObject({
      ...{ title: 'Rain <script>alert(1)</script>', systemPrompt: 'Answer briefly.', updatedAt: 1720000009000 },
    });
    const { messages, branch } = chatOf(services.store, id);
    expect(branch).toEqual([
      'Why does it rain?\n\n[cloud.png]',
      '<think>\nThey ask about rain.\n</think>\n\nDrops grow and fall.',
    ]);
    expect(messages[2]).toMatchObject({ modelId: 'qwen3-4b', importedFrom: 'llama.cpp', parentId: messages[0].id });
    expect(messages[0].attachments).toEqual([
      { name: 'notes.txt', text: 'Clouds are drops.', pages: null, tokens: null },
    ]);
    expect(messages[1].text).toBe('Because.');
  });

  test('a message that is only an attached file stays a message; more files than we take stay text', async () => {
    const { services, importValue } = openFiles();
    const source = fixture('llama-cpp-webui.json');
    const [{ messages }] = source;
    messages[2].content = '';
    messages[2].extra = [{ type: 'TEXT', name: 'notes.txt', content: 'Clouds are drops.' }];
    const reply = await importValue(source);
    const [id] = reply.ok ? reply.value.conversationIds : [];
    expect(chatOf(services.store, id).messages[0]).toMatchObject({ text: '', attachments: [{ name: 'notes.txt' }] });
    messages[2].extra = Array.from({ length: 21 }, (_, index) => ({
      type: 'TEXT',
      name: `${index}.txt`,
      content: 'x',
    }));
    const many = await importValue(source);
    const [second] = many.ok ? many.value.conversationIds : [];
    const [first] = chatOf(services.store, second).messages;
    expect(first.attachments).toEqual([]);
    expect(first.text).toContain('20.txt:\n\nx');
  });

  test('older: numbers as ids', async () => {
    const { services, importBytes } = openFiles();
    const reply = await importBytes(fixtureBytes('llama-cpp-webui-older.json'));
    const [id] = reply.ok ? reply.value.conversationIds : [];
    expect(chatOf(services.store, id).branch).toEqual(['Hello there', 'Hi.']);
  });
});

describe('our own file', () => {
  test('everything is taken over', async () => {
    const { services, importBytes, ask } = openFiles();
    const bytes = Buffer.concat([Buffer.from('\ufeff'), fixtureBytes('conclave.json')]);
    const reply = await importBytes(bytes);
    expect(reply).toMatchObject({ ok: true, value: { source: 'conclave', messages: 3, leftOut: 0 } });
    const [id] = reply.ok ? reply.value.conversationIds : [];
    const [folder] = await ask('folders:list', null);
    expect(folder).toMatchObject({ name: 'Geography', conversations: 1 });
    expect(await ask('conversations:get', { id })).toMatchObject({
      ...{ title: 'Capitals', titleSource: 'model', pinned: true, folderId: folder.id, systemPrompt: 'Be exact.' },
      ...{ sampling: { temperature: 0.5 }, createdAt: 1763000000000, updatedAt: 1763000005000 },
    });
    const { messages, branch } = chatOf(services.store, id);
    expect(branch).toEqual(['What is the capital of France?', 'It is Paris.']);
    expect(messages[1].generation).toMatchObject({ seed: 42, stopReason: 'aborted', timings: { decodeMs: 20 } });
    expect(messages[2].editedFrom).toBe(messages[1].id);
  });

  test('twice: two copies, one folder', async () => {
    const { importBytes, ask } = openFiles();
    await importBytes(fixtureBytes('conclave.json'));
    await importBytes(fixtureBytes('conclave.json'));
    expect(await ask('conversations:list', null)).toHaveLength(2);
    expect(await ask('folders:list', null)).toMatchObject([{ name: 'Geography', conversations: 2 }]);
  });

  test('a file whose messages are in another order is put in order', async () => {
    const { services, importValue } = openFiles();
    const file = fixture('conclave.json');
    file.conversations[0].messages.reverse();
    const reply = await importValue(file);
    const [id] = reply.ok ? reply.value.conversationIds : [];
    expect(chatOf(services.store, id).branch).toEqual(['What is the capital of France?', 'It is Paris.']);
  });
});

describe('refusals', () => {
  const own = (change: (conversation: Json, file: Json) => void) => {
    const file = fixture('conclave.json');
    change(file.conversations[0], file);
    return Buffer.from(JSON.stringify(file));
  };
  const openAi = (change: (mapping: Json, conversation: Json) => void) => {
    const file = fixture('openai-conversations.json');
    change(file[0].mapping, file[0]);
    return Buffer.from(JSON.stringify(file));
  };
  const llamaCpp = (change: (messages: Json, file: Json) => void) => {
    const file = fixture('llama-cpp-webui.json');
    change(file[0].messages, file[0]);
    return Buffer.from(JSON.stringify(file));
  };
  const text = (content: string) => Buffer.from(content);

  test.each<[what: string, bytes: Uint8Array, says: RegExp]>([
    ['an empty file', text(''), /the file is empty/],
    ['no JSON', text('Dear diary, today it rained.'), /not valid JSON/],
    ['half of a file', fixtureBytes('conclave.json').subarray(0, 900), /not valid JSON/],
    ['a ZIP archive', Buffer.from('PK\u0003\u0004 conversations.json'), /ZIP archive.*conversations\.json/],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x7b, 0x00]), /not text in UTF-8/],
    ['a number', text('7'), /neither an export of Conclave/],
    ['null', text('null'), /neither an export of Conclave/],
    ['an empty list', text('[]'), /neither an export of Conclave/],
    ['another object', text('{"messages": []}'), /neither an export of Conclave/],
    ['nesting without end', text('['.repeat(1_000_000)), /not valid JSON/],
    ['own: a later version', own((_, file) => (file.version = 3)), /newer version of Conclave/],
    ['own: a missing field', own((chat) => delete chat.sampling), /not of the form that Conclave writes/],
    ['own: a field too many', own((chat) => (chat.secret = 1)), /not of the form/],
    [
      'own: prototype pollution',
      own((chat) => Object.defineProperty(chat, '__proto__', { value: {}, enumerable: true })),
      /not of the form/,
    ],
    ['own: a sampling value out of range', own((chat) => (chat.sampling = { topP: 7 })), /not of the form/],
    ['own: a cycle', own((chat) => (chat.messages[0].parentId = '3')), /“Capitals”.*in a circle/],
    ['own: its own parent', own((chat) => (chat.messages[1].parentId = '2')), /in a circle/],
    ['own: an unknown parent', own((chat) => (chat.messages[1].parentId = '9')), /answers one that is not in the file/],
    ['own: an id twice', own((chat) => (chat.messages[1].id = '1')), /the same id/],
    ['own: an unknown leaf', own((chat) => (chat.leafId = '9')), /not in the file/],
    ['own: an unknown original', own((chat) => (chat.messages[2].editedFrom = '9')), /not in the file/],
    ['own: a question by a model', own((chat) => (chat.messages[0].modelId = 'm')), /no model wrote/],
    [
      'own: a good conversation before a bad one',
      own((chat, file) => file.conversations.push({ ...chat, messages: 1 })),
      /not of the form/,
    ],
    [
      'OpenAI: a cycle',
      openAi((map) => {
        map.root.parent = 'answer';
        map.answer.children = ['root'];
      }),
      /in a circle/,
    ],
    ['OpenAI: a cycle of children only', openAi((map) => map.answer.children.push('question')), /two parents/],
    ['OpenAI: an unknown parent', openAi((map) => (map.answer.parent = 'gone')), /two parents|not in the file/],
    ['OpenAI: a mapping that is none', openAi((_, chat) => (chat.mapping = 7)), /OpenAI's export/],
    [
      'OpenAI: a time that is none',
      openAi((map) => (map.answer.message.create_time = 'noon')),
      /Rivers.*OpenAI's export/,
    ],
    [
      'OpenAI: something else in the list',
      text(`[${JSON.stringify(fixture('openai-conversations.json')[0])}, 7]`),
      /conversation 2 is not of the form/,
    ],
    [
      'llama.cpp: a cycle',
      llamaCpp((messages) => {
        messages[2].parent = 'a1';
        messages[1].children = [];
        messages[3].children = ['u1'];
      }),
      /“Rain.*in a circle/,
    ],
    ['llama.cpp: messages that are none', llamaCpp((_, file) => (file.messages = {})), /llama\.cpp's export/],
    ['llama.cpp: an id twice', llamaCpp((messages) => (messages[4].id = 'a1')), /same id|two parents/],
  ])('%s: says what is wrong and changes nothing', async (_, bytes, says) => {
    const { services, importBytes, dump } = openFiles();
    startTurn(services.store);
    const before = dump();
    const reply = await importBytes(bytes, 500_000);
    expect(reply).toMatchObject({ ok: false, error: { code: 'not-importable' } });
    const { message } = (reply as { error: { message: string } }).error;
    expect(message).toMatch(says);
    expect(message).toMatch(/^Nothing was imported: .* Your chats are as they were\.$/s);
    expect(dump()).toBe(before);
  });

  test('a file over 200 MB, before a byte of it is read', async () => {
    const { send, dump } = openFiles();
    const before = dump();
    const reply = await send('imports:begin', { byteLength: largestFile + 1 });
    expect(reply).toMatchObject({
      ok: false,
      error: { code: 'not-importable', message: /201 MB.*200 MB is the most/ },
    });
    expect(dump()).toBe(before);
  });

  test('a full disk in the middle: nothing of the file is there', async () => {
    const { services, importBytes, dump, send } = openFiles();
    await importBytes(fixtureBytes('conclave.json'));
    const before = dump();
    const whole = services.store.wholeConversations;
    const [id] = services.store.conversations.ids();
    const conversation = whole.read(id);
    // A role that no row may have, in the last message of the second conversation.
    const broken = { ...conversation.messages[0], role: 'nobody' as 'user' };
    expect(() => whole.add([conversation, { ...conversation, messages: [...conversation.messages, broken] }])).toThrow(
      /CHECK/,
    );
    expect(dump()).toBe(before);
    expect(await send('conversations:list', null)).toMatchObject({ value: [{ id }] });
  });

  test('a tree of 20,000 messages in one line is no matter', async () => {
    const { importValue } = openFiles();
    const messages = Array.from({ length: 20_000 }, (_, index) => ({
      ...{ id: index, role: index % 2 ? 'assistant' : 'user', content: `m${index}`, timestamp: 1 },
      ...{ parent: index === 0 ? -1 : index - 1, children: index === 19_999 ? [] : [index + 1] },
    }));
    expect(await importValue({ conv: { name: 'Long' }, messages })).toMatchObject({ value: { messages: 20_000 } });
  });
});

describe('pieces', () => {
  test('of 4 MiB, and none larger', async () => {
    const { send, importBytes } = openFiles();
    const size = 4 * 2 ** 20;
    const padded = Buffer.alloc(size + 10_000, ' ');
    fixtureBytes('conclave.json').copy(padded);
    expect(await importBytes(padded, size)).toMatchObject({ ok: true, value: { messages: 3 } });
    const larger = { id: createId(), base64: 'A'.repeat(5_592_412) };
    expect(await send('imports:chunk', larger)).toMatchObject({ error: { code: 'invalid-payload' } });
  });

  test('must be all there, no more and no less', async () => {
    const { send } = openFiles();
    const begin = async (byteLength: number) => {
      const reply = await send('imports:begin', { byteLength });
      return reply.ok ? reply.value.id : '';
    };
    const one = await begin(3);
    await send('imports:chunk', { id: one, base64: 'AAA=' });
    expect(await send('imports:finish', { id: one })).toMatchObject({ error: { code: 'not-importable' } });
    const two = await begin(1);
    expect(await send('imports:chunk', { id: two, base64: 'AAA=' })).toMatchObject({
      error: { code: 'not-importable' },
    });
    const three = await begin(2);
    expect(await send('imports:cancel', { id: three })).toMatchObject({ ok: true });
    expect(await send('imports:finish', { id: three })).toMatchObject({ error: { code: 'not-found' } });
    expect(await send('imports:chunk', { id: createId(), base64: 'AA==' })).toMatchObject({
      error: { code: 'not-found' },
    });
    const four = await begin(2);
    await begin(2);
    await begin(2);
    expect(await send('imports:finish', { id: four })).toMatchObject({ error: { code: 'not-found' } });
    expect(await send('imports:chunk', { id: four, base64: '<nope>' })).toMatchObject({
      error: { code: 'invalid-payload' },
    });
  });
});
