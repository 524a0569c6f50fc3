// What the import of a large file takes: time until it is stored, the longest wait of another request while it is indexed
// afterwards, and memory. `node tests/bench/imports.ts [megabytes]` prints a table and, as the last line, one JSON object.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readImport } from '../../main/conversation-files/importFile.ts';
import { createSearchIndexing } from '../../main/searchIndexing.ts';
import { openStore } from '../../main/store/open.ts';

const megabytes = Number(process.argv[2] ?? 199);

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'conclave-bench-'));
try {
  const file = path.join(folder, 'conversations.json');
  writeExport(file, megabytes * 2 ** 20);
  const store = openStore(folder);
  const memoryBefore = process.memoryUsage().rss;
  let start = performance.now();
  const lap = (): number => {
    const elapsed = performance.now() - start;
    start = performance.now();
    return Math.round(elapsed);
  };
  const bytes = fs.readFileSync(file);
  const readMs = lap();
  const { conversations } = readImport(bytes, 'starter-v0');
  const parseMs = lap();
  store.wholeConversations.add(conversations);
  const storeMs = lap();
  const messages = conversations.reduce((count, conversation) => count + conversation.messages.length, 0);
  const peakMb = Math.round((process.resourceUsage().maxRSS * 1024 - memoryBefore) / 2 ** 20);

  createSearchIndexing(store.searchBacklog, console.error).start();
  let longestWaitMs = 0;
  while (store.searchBacklog.size() > 0) {
    const asked = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 1));
    longestWaitMs = Math.max(longestWaitMs, Math.round(performance.now() - asked));
  }
  const indexMs = lap();
  store.close();
  const figures = { megabytes, messages, readMs, parseMs, storeMs, peakMb, indexMs, longestWaitMs };
  console.table(figures);
  console.log(JSON.stringify({ bench: 'imports', ...figures }));
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}

/** A file of the form of OpenAI's export, of about so many bytes. */
function writeExport(file: string, byteLength: number): void {
  const output = fs.openSync(file, 'w');
  let written = fs.writeSync(output, '[');
  for (let number = 0; written < byteLength - 40_000; number++) {
    const mapping: Record<string, unknown> = { root: { id: 'root', message: null, parent: null, children: ['0'] } };
    for (let turn = 0; turn < 10; turn++) {
      const role = turn % 2 === 0 ? 'user' : 'assistant';
      const words = Array.from({ length: 100 }, (_, place) => `word${(number * 31 + turn * 7 + place * place) % 9973}`);
      mapping[turn] = {
        id: String(turn),
        message: {
          id: String(turn),
          author: { role, name: null, metadata: {} },
          create_time: 1_700_000_000 + number * 100 + turn,
          content: { content_type: 'text', parts: [words.join(' ')] },
          status: 'finished_successfully',
          metadata: { model_slug: 'gpt-4o', message_type: 'next', timestamp_: 'absolute', padding: 'x'.repeat(300) },
          recipient: 'all',
        },
        parent: turn === 0 ? 'root' : String(turn - 1),
        children: turn === 9 ? [] : [String(turn + 1)],
      };
    }
    const conversation = { title: `Chat ${number}`, create_time: 1_700_000_000 + number, mapping, current_node: '9' };
    written += fs.writeSync(output, `${number === 0 ? '' : ','}${JSON.stringify(conversation)}`);
  }
  fs.writeSync(output, ']');
  fs.closeSync(output);
}
