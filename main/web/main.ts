// Entry of the web shell: `main.ts [--port N] [--data DIR] [FILE.gguf]`. Runs from source with Node alone.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { AppError } from '../ipc/errors.ts';
import { createLog } from '../log.ts';
import { weightsPath } from '../model-files/protocol.ts';
import { openModelFile, openServices } from '../services.ts';
import { defaultDataFolder } from './dataFolder.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { startWebShell, type WebShell } from './server.ts';

const project = path.join(import.meta.dirname, '..', '..');

/** Starts the shell, prints its address, and goes on until a signal. Throws what a person should read. */
export async function serveWeb(args: readonly string[]): Promise<void> {
  const { port, dataFolder, files } = readArguments(args);
  const services = openServices({
    version: packageJson.version,
    shell: 'web',
    dataFolder,
    modelsFolder: path.join(project, 'models'),
    weightsAddress: (modelId, fileName) => `/weights${weightsPath(modelId, fileName)}`,
    log: createLog(path.join(dataFolder, 'logs')),
  });
  let shell: WebShell;
  try {
    for (const file of files) openModelFile(services, file);
    shell = await startWebShell({ services, rendererFolder: path.join(project, 'dist', 'renderer'), port });
  } catch (error) {
    services.store.close();
    throw explain(error, port);
  }
  console.log(`Conclave is at ${shell.address}`);
  void services.models.start({ downloads: true }).catch((error: unknown) => services.log(String(error)));

  const stop = (): void => {
    void Promise.all([shell.close(), services.models.close()]).then(() => {
      services.store.close();
      process.exit(0);
    });
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

/** Prints an error as one sentence and ends the process. */
export function fail(error: unknown): never {
  const internal = error instanceof AppError && error.code === 'internal' ? error.detail : undefined;
  console.error(internal ?? (error instanceof Error ? error.message : String(error)));
  process.exit(1);
}

function readArguments(args: readonly string[]): { port: number; dataFolder: string; files: string[] } {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { port: { type: 'string', default: '0' }, data: { type: 'string' } },
    allowPositionals: true,
  });
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65535) throw new Error('The port has to be a number from 0 to 65535.');
  return { port, dataFolder: path.resolve(values.data ?? defaultDataFolder()), files: positionals };
}

function explain(error: unknown, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return new Error(`Port ${port} is taken by another program. Choose another with --port.`);
  if (code === 'EACCES') return new Error(`Port ${port} needs more rights. Choose one above 1023 with --port.`);
  return error;
}

if (import.meta.main) serveWeb(process.argv.slice(2)).catch(fail);
