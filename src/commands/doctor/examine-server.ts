import { type DiagnosisReport, type Finding, type Section, warning } from '../../diagnostics/finding.js';
import { type AdminApi, AdminRefusal } from '../operator/admin-api.js';

const PATIENCE_MS = 2_000;

/** Whether a server of ours answers at this address. */
export async function isServing(url: string): Promise<boolean> {
  try {
    const response = await fetch(new URL('/health/live', url), { signal: AbortSignal.timeout(PATIENCE_MS) });
    const body = (await response.json()) as { status?: unknown };
    return body.status === 'ok';
  } catch {
    return false;
  }
}

/** Everything that the server knows of itself, where it tells us. */
export async function examineServer(api: AdminApi, only: Section | undefined): Promise<readonly Finding[]> {
  try {
    const path = only === undefined ? '/admin/diagnosis' : `/admin/diagnosis/${only}`;
    return (await api.call<DiagnosisReport>('GET', path)).findings;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const cure =
      error instanceof AdminRefusal
        ? {
            what: 'give a token with the scope admin',
            command: 'MCP_GIT_ADMIN_TOKEN=… mcp-git-server doctor',
          }
        : { what: 'see whether it still runs', command: 'mcp-git-server doctor --only startup' };
    const about = {
      check: 'connection.admin',
      section: 'connection',
      guide: 'Client Connection Failures',
    } as const;
    const judged = warning(
      'the server does not tell what it knows',
      { reason },
      { cause: reason, cures: [cure] },
    );
    return [{ ...about, looks_at: 'the admin API', ...judged }];
  }
}
