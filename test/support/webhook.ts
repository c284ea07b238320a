// A server that takes posts, and may refuse the first of them.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** @param refusals statuses of its first answers; `reset` closes the connection. Then it answers 200 */
export async function aWebhook(...refusals: (number | 'reset')[]): Promise<{ url: string; posts: string[] }> {
  const posts: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      const refusal = refusals.shift();
      if (refusal === 'reset') return request.socket.destroy();
      if (refusal === undefined) posts.push(body);
      response.writeHead(refusal ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path`, posts };
}
