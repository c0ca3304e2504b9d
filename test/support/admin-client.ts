import { type DiagnosisReport, type Finding } from '../../src/diagnostics/finding.js';

export interface AdminAnswer {
  readonly status: number;
  readonly headers: Headers;
  // Tests look into whatever the server sent.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

/** Calls /admin as an operator does. */
export class AdminClient {
  private readonly url: string;

  constructor(
    serverUrl: string,
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {
    this.url = serverUrl.replace(/^ws/, 'http');
  }

  async call(method: string, path: string, body?: unknown): Promise<AdminAnswer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { ...this.headers, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
  }

  get(path: string): Promise<AdminAnswer> {
    return this.call('GET', path);
  }

  post(path: string, body?: unknown): Promise<AdminAnswer> {
    return this.call('POST', path, body);
  }

  async finding(check: string): Promise<Finding> {
    const { body } = await this.get(`/admin/diagnosis/${check.split('.')[0]}`);
    const found = (body as DiagnosisReport).findings.find((one) => one.check === check);
    if (!found) throw new Error(`there is no check ${check}`);
    return found;
  }
}
