// Words and numbers: thinking blocks, Markdown that grows, entities, figures, days, shortcuts.
import { marked, type Tokens } from 'marked';
import { describe, expect, it } from 'vitest';
import { splitThinking } from '../../renderer/chat/thinking.ts';
import { GrowingMarkdown, isOpenFence } from '../../renderer/markdown/blocks.ts';
import { decodeEntities } from '../../renderer/markdown/entities.ts';
import { markdown } from '../../renderer/markdown/extensions.ts';
import { holdBack } from '../../renderer/markdown/holdBack.ts';
import { highlight } from '../../renderer/markdown/highlight.ts';
import { commandOf, shortcutLabel } from '../../renderer/services/shortcuts.ts';
import { groupOf } from '../../renderer/sidebar/grouping.ts';
import { formatBytes, formatDuration, formatSpeed } from '../../renderer/text/format.ts';
import { longAnswer } from '../support/fakeAnswers.ts';

describe('splitThinking', () => {
  it.each([
    ['Hello.', null, false, 'Hello.'],
    ['<think>\nWell\n</think>\n\nHello.', 'Well', false, 'Hello.'],
    ['<think>\nWell', 'Well', true, ''],
    ['<thi', '', true, ''],
    ['<think>\n\n</think>\n\nHello.', null, false, 'Hello.'],
    ['Well\n</think>\nHello.', 'Well', false, 'Hello.'],
    ['a <think> b', null, false, 'a <think> b'],
    ['', null, false, ''],
  ])('%j', (text, thinking, thinkingOpen, answer) => {
    expect(splitThinking(text)).toEqual({ thinking, thinkingOpen, answer });
  });
});

describe('what Markdown is extended by', () => {
  const inline = (text: string) => (markdown.lexer(text)[0] as Tokens.Paragraph).tokens;
  const formulas = (text: string) =>
    inline(text).flatMap((token) => (token.type === 'formula' ? [token['tex'] as string] : []));

  it.each([
    ['the area $\\pi r^2$ of', ['\\pi r^2']],
    ['from \\(a\\) to $b$', ['a', 'b']],
    ['it costs $5 and $6', []],
    ['between $ 5 $ spaces', []],
    ['`$x$` is code', []],
    ['unfinished $x', []],
  ])('finds the formulas in %j', (text, found) => expect(formulas(text)).toEqual(found));

  it('finds formulas on lines of their own', () => {
    const blocks = markdown.lexer('Before\n\n$$\nE = mc^2\n$$\n\n\\[\na^2\n\\]\n\nAfter');
    const found = blocks.filter(({ type }) => type === 'formula') as Tokens.Generic[];
    expect(found.map((block) => block['tex'] as string)).toEqual(['E = mc^2', 'a^2']);
  });

  it('finds footnotes and what refers to them', () => {
    const all = markdown.lexer('It is salty[^1], see [x].\n\n[^1]: By *rivers*.\n');
    expect((all[0] as Tokens.Paragraph).tokens[1]).toMatchObject({ type: 'footnoteReference', label: '1' });
    expect(all.at(-1)).toMatchObject({ type: 'footnote', label: '1' });
    const blocks = markdown.lexer('[^long]: One\n  and two\n\nAfter');
    expect(blocks[0]).toMatchObject({ type: 'footnote', label: 'long' });
    expect(blocks.at(-1)).toMatchObject({ type: 'paragraph', text: 'After' });
  });
});

describe('GrowingMarkdown', () => {
  const raws = (tokens: { type: string; raw: string }[]) => tokens.map(({ type, raw }) => [type, raw]);

  it('gives the blocks of the whole text, whatever the pieces it came in', () => {
    for (const size of [1, 3, 17, 400]) {
      const growing = new GrowingMarkdown();
      let blocks = growing.update('');
      for (let end = 0; end < longAnswer.length + size; end += size) blocks = growing.update(longAnswer.slice(0, end));
      expect(raws(blocks)).toEqual(raws(markdown.lexer(longAnswer)));
    }
  });

  it('keeps blocks that did not change as the same objects', () => {
    const growing = new GrowingMarkdown();
    const before = growing.update('# One\n\nTwo\n\nThree\n\nFour');
    const after = growing.update('# One\n\nTwo\n\nThree\n\nFour and more');
    expect(after.slice(0, -1).every((block, index) => block === before[index])).toBe(true);
    expect(after.at(-1)).not.toBe(before.at(-1));
  });

  it('starts again when the text is another one', () => {
    const growing = new GrowingMarkdown();
    growing.update('One\n\nTwo\n\nThree\n\nFour');
    expect(raws(growing.update('Other'))).toEqual([['paragraph', 'Other']]);
  });

  it('knows an open fence', () => {
    const code = (text: string) => marked.lexer(text)[0] as Tokens.Code;
    expect(isOpenFence(code('```js\nlet a'))).toBe(true);
    expect(isOpenFence(code('```js\nlet a\n```'))).toBe(false);
    expect(isOpenFence(code('```'))).toBe(true);
    expect(isOpenFence(code('    indented'))).toBe(false);
  });
});

it.each([
  ['Water:\n\n| a | b', 'Water:\n'],
  ['| a | b |\n|--', ''],
  ['| a | b |\n|---|---|\n', ''],
  ['| a | b |\n|---|---|\n| 1 | 2', ''],
  ['Water:\n| a | b |\n|---|---|\n| 1 | 2', 'Water:'],
  ['| a | b |\n|---|---|\n| 1 | 2 |\n', '| a | b |\n|---|---|\n| 1 | 2 |\n'],
  ['| a | b |\n|---|---|\n| 1 | 2 |\n| 3', '| a | b |\n|---|---|\n| 1 | 2 |\n| 3'],
  ['Code:\n``', 'Code:'],
  ['Code:\n```', 'Code:\n```'],
  ['```\na\n``', '```\na'],
  ['```\n**a $b', '```\n**a $b'],
  ['```\na\n```\n**b', '```\na\n```\n**b**'],
  ['a | b', 'a | b'],
  ['So:\n$$\nx = 1\n', 'So:'],
  ['So:\n$$\nx = 1\n$$\n', 'So:\n$$\nx = 1\n$$\n'],
  ['So:\n\\[ x', 'So:'],
  ['Salt\n-', 'Salt'],
  ['Salt\n- ', 'Salt'],
  ['Salt\n- a\n- [x', 'Salt\n- a'],
  ['Salt\n- [x] a', 'Salt\n- [x] a'],
  ['Salt\n##', 'Salt'],
  ['Salt\n12.', 'Salt'],
  ['Salt\n[^1]:', 'Salt'],
  ['Salt\n[^1]: In', 'Salt\n[^1]: In'],
  ['done', 'done'],
])('holds back the beginning of what is not clear yet: %j', (text, shown) => {
  expect(holdBack(text)).toBe(shown);
});

it.each([
  ['a **b', 'a **b**'],
  ['a **', 'a '],
  ['a **b c ', 'a **b c**'],
  ['a **b*', 'a **b**'],
  ['a **b**', 'a **b**'],
  ['a **b** c', 'a **b** c'],
  ['***b', '***b***'],
  ['**a *b', '**a *b***'],
  ['**a *b*', '**a *b***'],
  ['**a *b***', '**a *b***'],
  ['- **a**: _b', '- **a**: _b_'],
  ['~~a', '~~a~~'],
  ['snake_case', 'snake_case'],
  ['2*3 = 6', '2*3 = 6'],
  ['2 * 3', '2 * 3'],
  ['是**重', '是**重**'],
  ['\\*a', '\\*a'],
  ['a `b', 'a `b`'],
  ['a `', 'a '],
  ['a `b` c', 'a `b` c'],
  ['a `b*c` d', 'a `b*c` d'],
  ['a ``b` c', 'a ``b` c``'],
  ['**a `b', '**a `b`**'],
  ['`a` `b', '`a` `b`'],
  ['see [the art', 'see the art'],
  ['see [the article]', 'see the article'],
  ['see [the article](https://ex', 'see the article'],
  ['see [the article](https://example.org)', 'see [the article](https://example.org)'],
  ['see [**the', 'see **the**'],
  ['see ![a map](https', 'see '],
  ['salt[^', 'salt'],
  ['salt[^1]', 'salt[^1]'],
  ['salt &mda', 'salt '],
  ['salt &mdash; so', 'salt &mdash; so'],
  ['with $V = l', 'with '],
  ['with $V_1 = l$, so _a', 'with $V_1 = l$, so _a_'],
  ['with \\(V', 'with '],
  ['for $5 or so', 'for $5 or so'],
])('closes what is open in the last line: %j', (text, shown) => {
  expect(holdBack(text)).toBe(shown);
});

it('holds nothing back of a text that goes on in plain words', () => {
  for (const end of ['.', '\n\nAnd so on.'])
    expect(holdBack(`${longAnswer}${end}`).replace(/\s+/g, '')).toBe(`${longAnswer}${end}`.replace(/\s+/g, ''));
});

describe('highlight', () => {
  it('gives runs whose text is the code', () => {
    const code = 'def f(x):\n    return "a" + 1  # <b>\n';
    const runs = highlight(code, 'python')!;
    expect(runs.map(({ text }) => text).join('')).toBe(code);
    expect(runs.find(({ text }) => text === 'def')?.scope).toBe('keyword');
    expect(runs.find(({ text }) => text === '# <b>')?.scope).toBe('comment');
  });

  it('knows no other language', () => {
    expect(highlight('x', 'klingon')).toBeNull();
  });
});

it('decodes entities and leaves what it does not know', () => {
  expect(decodeEntities('a &lt;b&gt; &#8212; &#x1F600; &mdash; &unknown; & c')).toBe('a <b> — 😀 — &unknown; & c');
  expect(decodeEntities('&#x110000; &#0;')).toBe('&#x110000; &#0;');
});

it('writes figures as people read them', () => {
  expect([41_238_976, 18_600_000_000, 2_000].map(formatBytes)).toEqual(['41 MB', '18.6 GB', '2 kB']);
  expect([412.4, 41.24, 4.1, NaN].map(formatSpeed)).toEqual(['412', '41.2', '4.1', '0']);
  expect(formatDuration(38.4)).toEqual({ value: '38', unit: 'ms' });
  expect(formatDuration(12_340)).toEqual({ value: '12.3', unit: 's' });
});

it('groups by calendar days', () => {
  const at = (day: number, hour: number) => new Date(2026, 10, day, hour).getTime();
  const now = at(24, 1);
  expect(groupOf(at(24, 0), now)).toBe('Today');
  expect(groupOf(at(25, 0), now)).toBe('Today');
  expect(groupOf(at(23, 23), now)).toBe('Yesterday');
  expect(groupOf(at(17, 12), now)).toBe('Previous 7 days');
  expect(groupOf(at(16, 12), now)).toBe('Previous 30 days');
  expect(groupOf(at(-20, 12), now)).toBe('Earlier');
});

describe('shortcuts', () => {
  const info = { version: '', shell: 'electron', platform: 'linux', offline: true } as const;
  const press = (key: string, keys: Partial<KeyboardEvent> = {}) =>
    ({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...keys }) as KeyboardEvent;

  it('follows shell and platform', () => {
    expect(shortcutLabel('new-chat', info)).toBe('Ctrl N');
    expect(shortcutLabel('new-chat', { ...info, platform: 'darwin' })).toBe('⌘ N');
    expect(shortcutLabel('new-chat', { ...info, shell: 'web' })).toBe('Ctrl Shift O');
  });

  it('finds the command of a key press', () => {
    expect(commandOf(press('n', { ctrlKey: true }), info)).toBe('new-chat');
    expect(commandOf(press('N', { ctrlKey: true, shiftKey: true }), info)).toBeNull();
    expect(commandOf(press('n'), info)).toBeNull();
    expect(commandOf(press('b', { ctrlKey: true, altKey: true }), info)).toBeNull();
    expect(commandOf(press('.', { metaKey: true }), { ...info, platform: 'darwin' })).toBe('toggle-sampling');
  });
});
