// `npm run web -- [--no-build] [--port N] [--data DIR] [FILE.gguf]`: builds the renderer where its sources are newer,
// then serves the app on loopback.
import { fail, serveWeb } from '../main/web/main.ts';
import { bundleIfStale } from './bundle.ts';

const args = process.argv.slice(2);
try {
  if (!args.includes('--no-build')) bundleIfStale('renderer');
  await serveWeb(args.filter((argument) => argument !== '--no-build'));
} catch (error) {
  fail(error);
}
