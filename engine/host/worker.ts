// The engine as a dedicated worker: its messages are those of protocol.ts.
import { Engine } from '../engine.ts';
import type { ToWorker } from '../protocol.ts';
import { fetchFiles } from './fetchSource.ts';
import { pageReaders } from './pageReaders.ts';
import { Requests } from './requests.ts';

const gpu = (navigator as Navigator & { gpu?: GPU }).gpu ?? null;
const requests = new Requests({
  openEngine: (host) => new Engine({ gpu, ...host }),
  filesOf: (model, { readers }) => fetchFiles(model, pageReaders(readers)),
  send: (message) => self.postMessage(message),
});

self.onmessage = ({ data }: MessageEvent<ToWorker>) => requests.receive(data);
