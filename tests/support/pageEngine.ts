// The engine's worker as it is bundled, in a page of the app, past everything that the app does with it.
import fs from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import type { FromWorker, ToWorker } from '../../engine/protocol.ts';

const assets = path.resolve(import.meta.dirname, '../../dist/renderer/assets');

type WithoutId<Message> = Message extends { id: number } ? Omit<Message, 'id'> : never;
export type Unsent = WithoutId<ToWorker>;

/** Resolves with all messages of a request, its last one included; aborted after so many tokens or, of a load, with its first weights. */
export type Ask = (request: Unsent, abortAfter?: number) => Promise<FromWorker[]>;

/** A worker of its own. */
export async function startEngine(page: Page): Promise<Ask> {
  const file = fs.readdirSync(assets).find((name) => /^worker-.*\.js$/.test(name));
  const worker = await page.evaluateHandle((url) => new Worker(url, { type: 'module' }), `/assets/${file}`);
  let lastId = 0;
  return (request, abortAfter = Infinity) =>
    worker.evaluate(
      (target, { message, limit }) =>
        new Promise<FromWorker[]>((resolve) => {
          const received: FromWorker[] = [];
          let counted = 0;
          const listen = ({ data }: MessageEvent<FromWorker>) => {
            if (data.id !== message.id) return;
            received.push(data);
            if (data.kind === 'token' || (data.kind === 'progress' && data.stage === 'weights')) counted++;
            if (counted === limit)
              target.postMessage({ kind: 'abort', id: message.id + 1, target: message.id } satisfies ToWorker);
            if (data.kind === 'progress' || data.kind === 'started' || data.kind === 'token') return;
            target.removeEventListener('message', listen);
            resolve(received);
          };
          target.addEventListener('message', listen);
          target.postMessage(message);
        }),
      { message: { ...request, id: (lastId += 2) }, limit: abortAfter },
    );
}
