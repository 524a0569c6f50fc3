// Who gets in: only a browser that was opened with the printed address, and nothing leaves for another one.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumMissing } from '../../support/chromium.ts';
import { startWebChat, type WebChat } from '../../support/webChat.ts';
import { askShell } from '../../support/webShell.ts';

describe.skipIf(chromiumMissing)('access to the web shell', () => {
  let web: WebChat;

  beforeAll(async () => {
    web = await startWebChat();
  });

  afterAll(() => web.close());

  test('refuses the page, the chats and the weights without the token', async () => {
    const [model] = await askShell(web.shell, 'models:list', null);
    const paths = ['/', '/?token=wrong', '/index.html', '/api/conversations:list', '/api/events', model.files[0].url];
    for (const path of paths) {
      const method = path.startsWith('/api/conversations') ? 'POST' : 'GET';
      const response = await fetch(web.shell.origin + path, { method, redirect: 'manual' });
      expect([path, response.status]).toEqual([path, 403]);
    }
  });

  test('refuses a page of another origin and a foreign host name', async () => {
    const authorization = `Bearer ${web.shell.token}`;
    const ask = (headers: Record<string, string>) =>
      fetch(`${web.shell.origin}/api/conversations:list`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json', ...headers },
        body: 'null',
      });
    expect((await ask({})).status).toBe(200);
    expect((await ask({ origin: 'https://example.com' })).status).toBe(403);
  });

  test('the token leaves the address bar, and the page asks nobody else', async () => {
    const chat = await web.open();
    const others: string[] = [];
    chat.page.on('request', (request) => {
      if (!request.url().startsWith(web.shell.origin) && !request.url().startsWith('blob:')) others.push(request.url());
    });
    expect(chat.page.url()).toBe(`${web.shell.origin}/`);
    await chat.ask('hello');
    expect(others).toEqual([]);
    const blocked = await chat.page.evaluate(() =>
      fetch('http://example.com/').then(
        () => 'reached',
        () => 'blocked',
      ),
    );
    expect(blocked).toBe('blocked');
  });
});
