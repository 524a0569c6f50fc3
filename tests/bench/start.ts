// Measures a warm start in a real Electron: from the process to the first typed character on the screen, on a store with
// 1,000 conversations. Run it with: node tests/bench/start.ts (on a machine with a display, or with Xvfb).
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openServices } from '../../main/services.ts';
import { electronMissing, launchApp, startDisplay } from '../support/electron.ts';

const runs = 7;
const conversations = 1000;

if (electronMissing) throw new Error(`This needs Electron: ${electronMissing}.`);
const dataFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'conclave-start-'));
const { store } = openServices({
  version: '0',
  shell: 'electron',
  dataFolder,
  modelsFolder: path.resolve('models'),
  weightsAddress: () => '',
  log: () => undefined,
});
for (let index = 0; index < conversations; index++) {
  const { id: conversationId } = store.conversations.create('starter-v0', {});
  store.messages.append({ conversationId, parentId: null, role: 'user', text: `Question ${index} about salt` });
}
store.close();

const display = await startDisplay();
const times: number[] = [];
try {
  for (let run = 0; run <= runs; run++) {
    const begun = performance.now();
    const app = await launchApp(display, dataFolder);
    const page = await app.firstWindow();
    const message = page.getByRole('textbox', { name: 'Message', exact: true });
    await message.press('a');
    // The letter is in a frame that was drawn.
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
    times.push(performance.now() - begun);
    await message.fill('');
    await page.waitForTimeout(600);
    await app.close();
  }
} finally {
  display.close();
  fs.rmSync(dataFolder, { recursive: true, force: true });
}
// The first start fills the caches of the system and of the app's code.
const [cold, ...warm] = times.map(Math.round);
warm.sort((a, b) => a - b);
const result = { cold, median: warm[warm.length >> 1], worst: warm.at(-1) };
console.log(`start to the first typed character, ms: first ${cold}, then ${warm.join(', ')}`);
console.log(JSON.stringify(result));
