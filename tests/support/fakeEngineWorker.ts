// The fake engine as a worker, in the place of engine/host/worker.ts.
import type { ToWorker } from '../../engine/protocol.ts';
import { FakeEngine } from './fakeEngine.ts';

const engine = new FakeEngine((message) => postMessage(message), 12);
onmessage = ({ data }: MessageEvent<ToWorker>) => void engine.receive(data);
