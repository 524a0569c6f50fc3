// The page of the bench in the window: owns the worker, shows how many tokens have come, and scrolls a long text beside it when
// it is told to. Electron's main process calls `bench` (main.ts).
import { spreadOf, type Spread } from '../../../engine/bench/spread.ts';
import type { WorkerCall, WorkerCalls, WorkerMessage } from './worker.ts';

export interface Frames extends Spread {
  /** Of all frames, those above 20 ms: a beat of 60 Hz was missed. */
  late: number;
}

export interface PageBench {
  call: <Name extends WorkerCall>(
    name: Name,
    argument: Parameters<WorkerCalls[Name]>[0],
  ) => Promise<Awaited<ReturnType<WorkerCalls[Name]>>>;
  startScrolling: () => Promise<void>;
  /** Milliseconds between the frames since it was started; null where none were drawn. */
  stopScrolling: () => Promise<Frames | null>;
}

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'engine' });
const [tokens, text] = ['tokens', 'text'].map((id) => document.getElementById(id)!);
for (let line = 0; line < 4000; line++)
  text.append(
    Object.assign(document.createElement('p'), {
      textContent: `${line}: rivers carry minerals to the sea, and the salt stays. `.repeat(4),
    }),
  );

let received = 0;
let lastId = 0;
let frameAsked = false;
function showCount(): void {
  frameAsked = false;
  tokens.textContent = `${received} tokens`;
}

const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => {
  if ('token' in data) {
    received++;
    // Once a frame, as the app does.
    if (!frameAsked) requestAnimationFrame(showCount);
    frameAsked = true;
    return;
  }
  const { resolve, reject } = waiting.get(data.id)!;
  waiting.delete(data.id);
  if ('error' in data) reject(new Error(data.error));
  else resolve(data.value as never);
};
worker.onerror = ({ message }) => {
  for (const { reject } of waiting.values()) reject(new Error(message));
};

let frames: number[] | null = null;
const bench: PageBench = {
  call(name, argument) {
    const id = ++lastId;
    worker.postMessage({ id, name, argument });
    return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
  },
  async startScrolling() {
    const times: number[] = (frames = []);
    let last = 0;
    const frame = (now: number) => {
      if (frames !== times) return;
      if (last > 0) times.push(now - last);
      last = now;
      text.scrollTop = text.scrollTop + text.clientHeight + 4 > text.scrollHeight ? 0 : text.scrollTop + 4;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  },
  async stopScrolling() {
    const times = frames ?? [];
    frames = null;
    return times.length === 0 ? null : { ...spreadOf(times), late: times.filter((time) => time > 20).length };
  },
};
Object.assign(window, { bench });
