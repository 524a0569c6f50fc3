// One real download from a server on loopback, through the real web shell and its Models page.
import { mkdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { poll } from '../../support/chatPage.ts';
import { chromiumMissing } from '../../support/chromium.ts';
import { startFaultServer } from '../../support/faultServer.ts';
import { installed, named as button, openModels } from '../../support/modelsPage.ts';
import { starterPath } from '../../support/starter.ts';
import { startWebChat } from '../../support/webChat.ts';
import { modelReady } from '../../support/windowPage.ts';

const pictures = 'screenshots/library';
const small64 = '/Small-64M-Q4_K_M.gguf';

/** The starter with another letter in its name: the library knows a model by its bytes. */
function otherStarter(): Buffer {
  const bytes = readFileSync(starterPath);
  const key = 'general.name';
  // A value's type (u32) and a text's length (u64) lie between the key and the text.
  bytes.write('Z', bytes.indexOf(key) + key.length + 12);
  return bytes;
}

describe.skipIf(chromiumMissing)('a real download', () => {
  test('pauses, goes on after a restart, is verified, answers, is removed and comes back', async () => {
    mkdirSync(pictures, { recursive: true });
    const server = await startFaultServer({ [small64]: otherStarter() });
    const web = await startWebChat();
    try {
      let { page } = await web.open();
      page.setDefaultTimeout(poll.timeout);
      await openModels(page);
      const limit = page.getByRole('textbox', { name: 'Speed limit' });
      await limit.fill('4');
      await limit.press('Enter');
      await button(page, 'Add a model').click();
      await page.getByRole('textbox', { name: 'Name, address or path' }).fill(server.origin + small64);
      await button(page, 'Look').click();
      await page.getByText('1 file, 41 MB').waitFor();
      await button(page, 'Download').click();
      await page.getByText(/^\d+ MB of 41 MB · /).waitFor();
      await page.screenshot({ path: `${pictures}/real-download.png` });
      await button(page, 'Pause').click();
      await button(page, 'Resume').waitFor();

      await page.close();
      await web.restart();
      ({ page } = await web.open());
      page.setDefaultTimeout(poll.timeout);
      await openModels(page);
      await page.getByRole('textbox', { name: 'Speed limit' }).fill('');
      await page.getByRole('textbox', { name: 'Speed limit' }).press('Enter');
      await button(page, 'Resume').click();
      await page.getByText(/is ready$/).waitFor();
      expect(server.sentOf(small64)).toBeLessThan(1.5 * otherStarter().length);
      const row = installed(page, 'Small');
      await row.getByRole('button', { name: /^Use in this chat/ }).click();
      await modelReady(page);
      await row.getByRole('button', { name: /^More about/ }).click();
      await page.getByRole('menuitem', { name: 'Verify again' }).click();
      await page.getByText('every byte was read and compared').waitFor();
      await row.getByRole('button', { name: /^More about/ }).click();
      await page.getByRole('menuitem', { name: 'Remove' }).click();
      await row.waitFor({ state: 'hidden' });
      await button(page, 'Undo').click();
      await row.waitFor();
      expect(web.problems).toEqual([]);
    } finally {
      await web.close();
    }
  });
});
