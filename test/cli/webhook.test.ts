import { expect, onTestFinished, test, vi } from 'vitest';
import { postToWebhook } from '../../lib/cli/webhook';
import { aPace } from '../support/cluster/connected';
import { aWebhook } from '../support/webhook';

async function posted(url: string | undefined) {
  const said: string[] = [];
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  onTestFinished(() => spy.mockRestore());
  const pace = aPace();
  await postToWebhook(url, { text: 'catalog: 2 of 3 done' }, pace);
  return { said, slept: pace.slept };
}

test('what a webhook refuses or drops is posted again', async () => {
  const { url, posts } = await aWebhook(503, 'reset');
  const { said, slept } = await posted(url);
  expect(posts).toEqual(['{"text":"catalog: 2 of 3 done"}']);
  expect(slept).toEqual([15_000, 15_000]);
  expect(said).toEqual([
    'the webhook was not reached: it answered 503; trying again\n',
    'the webhook was not reached: no answer (TypeError); trying again\n',
    'posted to the webhook\n',
  ]);
});

test.each([
  ['refuses four times', () => aWebhook(500, 500, 500, 500, 500).then(({ url }) => url)],
  ['has no server', async () => 'http://127.0.0.1:1/secret-path'],
  ['is no URL', async () => 'no-url/secret-path'],
])('a webhook that %s is given up, and its URL is never told', async (_, url) => {
  const { said, slept } = await posted(await url());
  expect(slept).toHaveLength(3);
  expect(said).toHaveLength(4);
  expect(said.at(-1)).not.toContain('again');
  expect(said.join('')).not.toContain('secret-path');
});

test('without a URL it says so', async () => {
  expect((await posted(undefined)).said).toEqual(['CRONFLEET_WEBHOOK_URL is not set: nothing was posted\n']);
});
