// What becomes of an import that breaks off on its way.
/// <reference types="svelte" />
import { expect, it } from 'vitest';
import { start } from '../support/chatState.ts';

it('lets main forget a file that could not be sent as a whole, and says why', async () => {
  const { app, bridge, payloads } = await start();
  bridge.refuse.set('imports:chunk', { code: 'not-importable', message: 'The file changed while it was read.' });
  expect(await app.transfer.import(new File(['{}'], 'chats.json'))).toBeNull();
  expect(payloads('imports:cancel')).toHaveLength(1);
  expect(app.transfer.importing).toBeNull();
  expect(app.notices.banners).toMatchObject([{ message: 'The file changed while it was read.' }]);
});
