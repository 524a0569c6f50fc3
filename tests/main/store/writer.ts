// A child process for the crash and full-disk tests: writes turns and growing answers without end and, after each call has
// returned, prints what now has to be there. `writer.ts FOLDER`
import fs from 'node:fs';
import type { AppError } from '../../../main/ipc/errors.ts';
import { toAppError } from '../../../main/ipc/errors.ts';
import { openStore } from '../../../main/store/open.ts';
import { someSampling } from '../../support/sampling.ts';

export type Acknowledged =
  | { kind: 'ready' }
  | { kind: 'turn'; conversationId: string; id: string; text: string }
  | { kind: 'partial'; conversationId: string; id: string; text: string }
  | { kind: 'finished'; conversationId: string; id: string; text: string }
  | { kind: 'failed'; code: AppError['code'] };

const say = (line: Acknowledged): void => void fs.writeSync(1, `${JSON.stringify(line)}\n`);

try {
  const { conversations, messages } = openStore(process.argv[2]);
  say({ kind: 'ready' });
  for (let turn = 0; ; turn++) {
    const { id: conversationId } = conversations.create('starter-v0', {});
    const question = `Question ${turn} of process ${process.pid}`;
    const user = messages.append({ conversationId, parentId: null, role: 'user', text: question });
    say({ kind: 'turn', conversationId, id: user.id, text: question });
    const { id } = messages.startAnswer({ conversationId, parentId: user.id, modelId: 'm', sampling: someSampling });
    say({ kind: 'partial', conversationId, id, text: '' });
    let text = '';
    for (let part = 0; part < 12; part++) {
      text += `${part} ${'lorem ipsum '.repeat(40)}`;
      messages.saveAnswer({ id, text, seed: 1 });
      say({ kind: 'partial', conversationId, id, text });
    }
    messages.finishAnswer({ id, text, status: 'complete', seed: 1, stopReason: 'end', timings: null, error: null });
    say({ kind: 'finished', conversationId, id, text });
  }
} catch (error) {
  say({ kind: 'failed', code: toAppError(error).code });
}
