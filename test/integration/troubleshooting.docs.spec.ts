import { readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readCommandLine } from '../../src/commands/command-line.js';
import { callOf } from '../../src/commands/operator/operator.command.js';
import { listSettings } from '../../src/config/settings.js';
import { runCli } from '../support/cli.js';
import { fieldsOf, shownCommands } from '../support/documented-commands.js';
import { GitRepository } from '../support/git-repository.js';
import { ServerProcess } from '../support/server-process.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { TestClient } from '../support/test-client.js';

const text = readFileSync(join(import.meta.dirname, '../../docs/troubleshooting.md'), 'utf8');
const commands = [...new Set(text.match(/mcp-git-server [a-z][^`|\n]*/g))].map((one) => one.trim());
const LOCAL = new Set(['config', 'doctor', 'logs', 'restart', 'serve', 'validate']);

describe('docs/troubleshooting.md', () => {
  it.each(commands)('names a command that there is: %s', (command) => {
    const line = readCommandLine(command.split(' ').slice(1));

    expect(LOCAL.has(line.command) || callOf(line).path.startsWith('/admin/')).toBe(true);
  });

  it('names settings that there are', () => {
    const keys = new Set(listSettings().map(({ key }) => key));
    const named = [...text.matchAll(/--set ([\w.]+)=/g)].map(([, key = '']) => key);

    expect(named.filter((key) => !keys.has(key))).toEqual([]);
  });

  it.each(guideNames())('maps %s of the guide to what does it here', (name) => {
    const table = text.slice(text.indexOf('## The guide, part by part'));

    expect(table).toContain(name);
  });
});

describe('The commands of docs/troubleshooting.md', () => {
  const shown = shownCommands(text);
  let folder: TemporaryFolder;
  let [app, web]: GitRepository[] = [];
  let server: ServerProcess;
  let client: TestClient | undefined;

  /** What the outputs of the document were made on: a server with something of each. */
  beforeAll(async () => {
    folder = new TemporaryFolder();
    [app, web] = [new GitRepository(), new GitRepository()];
    app.commitFiles('one', { 'a.txt': '1\n' });
    web.commitFiles('one', { 'a.txt': '1\n' });
    web.write('.git/index.lock', '');
    const longAgo = new Date(Date.now() - 1_200_000);
    utimesSync(web.file('.git/index.lock'), longAgo, longAgo);
    folder.write('sessions/00000000-0000-4000-8000-000000000001.session', 'not what was written\n');
    folder.write('slow-git', '#!/bin/sh\ncase "$*" in *commit*) sleep 1.2;; esac\nexec git "$@"\n', 0o755);
    folder.write(
      'message.json',
      '{"type":"tools/call","id":7,"params":{"name":"git_status","arguments":{}},"extra":1}',
    );
    server = await ServerProcess.start({
      supervised: true,
      env: {
        HOME: folder.path,
        MCP_GIT_ROOTS: `${app.root}:${web.root}`,
        MCP_GIT_GIT_BINARY: join(folder.path, 'slow-git'),
        MCP_GIT_SESSIONS_STORE_PATH: join(folder.path, 'sessions'),
        MCP_GIT_DIAGNOSTICS_PROFILE_FOLDER: join(folder.path, 'profiles'),
      },
    });
    client = await traffic();
    folder.write('server.log', server.logs);
  });

  afterAll(async () => {
    client?.socket.terminate();
    await server.stop();
    for (const repository of [app, web]) repository?.remove();
    folder.remove();
  });

  it.each(shown.map((one) => [one.words.join(' '), one] as const))(
    'show what they do: %s',
    async (_, command) => {
      const { stdout, stderr } = await runCli(command.words.map(here), {
        env: { HOME: folder.path, MCP_GIT_PORT: new URL(server.url).port },
      });

      const found = new Set(fieldsOf(stdout));
      expect({ missing: fieldsOf(command.output).filter((field) => !found.has(field)), stderr }).toEqual({
        missing: [],
        stderr: '',
      });
    },
  );

  const here = (word: string) => {
    if (word === '/srv/git/web') return web?.path ?? '';
    return /^[\w-]+\.(json|log)$/.test(word) ? join(folder.path, word) : word;
  };

  async function traffic(): Promise<TestClient> {
    const one = await TestClient.begin(server.webSocketUrl);
    const call = (name: string, args: object) =>
      one.request('tools/call', { params: { name, arguments: args } });
    for (let sent = 0; sent < 8; sent += 1) await call('git_status', { repo_path: '/etc' });
    one.send('{"type":"ping","id":');
    await call('git_status', { repo_path: 7 });
    app?.write('a.txt', '2\n');
    await call('git_add', { repo_path: app?.path, files: ['a.txt'] });
    await call('git_commit', { repo_path: app?.path, message: 'two' });
    return one;
  }
});

/** Every section, class and function of the troubleshooting guide that this project began with. */
function guideNames(): string[] {
  return `Server Won't Start, test_startup, Client Connection Failures, test_connection, Message Processing Errors,
    validate_message, CancelledNotification, Error Diagnostics, Error Classification, CRITICAL_ERRORS, is_critical_error,
    RECOVERABLE_ERRORS, should_retry, Error Pattern Analysis, ErrorAnalyzer, record_error, get_error_rate,
    detect_error_spikes, handle_error_with_analysis, Performance Issues, High Latency, PerformanceTimer,
    diagnose_performance, process_test_message, enable_validation_cache, CPUProfiler, get_session_data, High Memory Usage,
    MemoryMonitor, diagnose_memory, periodic_memory_check, clear_validation_cache, cache_cleanup_task,
    MemoryAwareSessionManager, create_session, cleanup_oldest_sessions, High CPU Usage, monitor_cpu_usage,
    blocking_operation, async_operation, BackpressureAwareServer, handle_message, Session Management Problems,
    Sessions Not Cleaning Up, diagnose_session_cleanup, aggressive_session_cleanup, cleanup_idle_sessions,
    Heartbeat Failures, diagnose_heartbeat_system, HeartbeatManager, recover_heartbeat_failures, record_heartbeat,
    Validation Errors, Message Format Issues, diagnose_validation_error, enhanced_validate_message, process_message,
    log_validation_failure, Circuit Breaker Issues, Circuit Stuck Open, diagnose_circuit_breaker, CircuitBreaker,
    Memory and Resource Leaks, Detecting Memory Leaks, MemoryLeakDetector, start_tracking, take_snapshot, analyze_leaks,
    get_top_allocators, memory_monitoring_loop, Resource Cleanup, ResourceManager, acquire_resource, release_resource,
    cleanup_old_resources, Debugging Tools, Debug Mode Setup, setup_debug_logging, Interactive Debugging,
    DebuggableMCPServer, Performance Profiling, profile_operation, Log Analysis, Recovery Procedures, Server Recovery,
    emergency_server_recovery, stop_all_operations, close_session, restart_heartbeat_manager, restart_validation_system,
    graceful_restart, stop_accepting_connections, wait_for_operations_to_complete, save_session_state,
    restore_session_state, Common Issues`
    .split(',')
    .map((name) => name.trim());
}
