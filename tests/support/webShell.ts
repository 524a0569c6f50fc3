// The web shell as its own process, as `npm run web` starts it. Knows nothing of the page it serves.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Payload, Reply, RequestName, Result } from '../../main/ipc/contract.ts';

const project = path.resolve(import.meta.dirname, '../..');

export interface RunningShell {
  /** What the shell prints: the page with its access token. */
  address: string;
  origin: string;
  token: string;
  pid: number;
  /** Ends it as a signal from a terminal does. */
  stop(): Promise<void>;
  /** Ends it as a crash does: nothing gets a chance to tidy up. */
  kill(): Promise<void>;
}

export async function startWebShell(dataFolder: string): Promise<RunningShell> {
  const script = path.join(project, 'build/web.ts');
  const child = spawn(process.execPath, [script, '--no-build', '--port', '0', '--data', dataFolder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  const address = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      printed += chunk.toString();
      const found = /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(printed);
      if (found) resolve(found[0]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The web shell ended with ${code}: ${printed}`)));
  });
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  const { origin, searchParams } = new URL(address);
  return {
    address,
    origin,
    token: searchParams.get('token') ?? '',
    pid: child.pid!,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

/** A request of the contract, past the page: what is stored, not what is shown. */
export async function askShell<Name extends RequestName>(
  { origin, token }: RunningShell,
  name: Name,
  payload: Payload<Name>,
): Promise<Result<Name>> {
  const response = await fetch(`${origin}/api/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(payload),
  });
  const reply = (await response.json()) as Reply<Result<Name>>;
  if (!reply.ok) throw new Error(`${name}: ${reply.error.code}: ${reply.error.message}`);
  return reply.value;
}
