import { setImmediate as nextTurn } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { eventually } from '../support/eventually.js';
import { WAYS_IN } from '../support/mcp/doors.js';
import { type OpenDoor, openDoor } from '../support/mcp/open-door.js';
import { EchoTool, WaitTool } from '../support/probe.tools.js';
import { TestServer } from '../support/test-server.js';

const MOST = 2;
/** Over HTTP each request of the later era stands alone. */
const WITH_SESSION = WAYS_IN.filter(({ door, era }) => door !== 'http' || era === '2025-11-25');

describe.each(WITH_SESSION)(
  'A call over $door in $era of a session with as many under way as it may have',
  ({ door, era }) => {
    let server: TestServer;
    let wait: WaitTool;
    let open: OpenDoor;
    let underWay: AbortController[];

    beforeEach(async () => {
      wait = new WaitTool();
      underWay = [];
      const gateway = { maxConcurrentRequests: MOST };
      server = await TestServer.start({ settings: { gateway }, tools: [new EchoTool(), wait] });
      open = await openDoor(server, door, era);
    });

    afterEach(async () => {
      for (const call of underWay) call.abort();
      await untilUnderWay(0);
      await open.close();
      await server.stop();
    });

    const echo = (args: unknown) =>
      open.client.callTool({ name: 'echo', arguments: args as Record<string, unknown> });

    const untilUnderWay = (count: number) =>
      eventually(() => expect(session()?.activeOperations).toBe(count));
    const session = () => [...server.sessions.all()][0];

    async function useAll(): Promise<void> {
      underWay = Array.from({ length: MOST }, () => new AbortController());
      for (const { signal } of underWay)
        open.client.callTool({ name: 'wait', arguments: { ms: 60_000 } }, { signal }).catch(() => undefined);
      await eventually(() => expect(wait.started).toBe(MOST));
    }

    it('is turned away before the SDK looks at it', async () => {
      const malformed = 'no object';
      const early = await echo(malformed).catch((error: unknown) => error);
      // A client in another process never has an answer and asks again within one turn of the server.
      await nextTurn();
      await useAll();

      const refused = await echo(malformed);

      expect(early).toBeInstanceOf(Error);
      expect(refused.isError).toBe(true);
      expect(refused._meta?.['mcp-git-server/error']).toMatchObject({
        code: 'temporary_resource_unavailable',
        recoverable: true,
        retry_after_ms: 250,
        message: expect.stringContaining('of this connection') as string,
      });
    });

    it('is served when one of them has ended', async () => {
      await useAll();
      await echo({ text: 'a' });
      underWay[0]?.abort();
      await untilUnderWay(MOST - 1);

      const served = await echo({ text: 'a' });

      expect(served.structuredContent).toEqual({ text: 'a' });
    });

    it('is counted once, as an error of its session too', async () => {
      await useAll();
      const before = session()?.errorCount ?? Number.NaN;
      await echo({ text: 'a' });

      const metrics = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();

      expect(metrics).toMatch(
        /mcp_git_tool_calls_total\{door="[a-z-]+",outcome="temporary_resource_unavailable"\} 1/,
      );
      expect(session()?.errorCount).toBe(before + 1);
    });
  },
);
