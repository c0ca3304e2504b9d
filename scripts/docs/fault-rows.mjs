/** The faults that the server must survive, and what proves that it does, beside the suite of faults itself. */
export const FAULT_ROWS = [
  [1, 'The server is killed while it writes', []],
  [2, 'A git process is killed', ['test/e2e/faults.e2e.spec.ts']],
  [3, 'An outside git holds a lock, or commits beside ours', ['test/integration/git-locks.spec.ts']],
  [
    4,
    'The server is killed between journal, git and answer',
    ['test/integration/interruption.judge.spec.ts', 'test/integration/sessions.restore.spec.ts'],
  ],
  [5, 'The disk is full', ['test/integration/git-disk-full.spec.ts']],
  [
    6,
    'The server is asked to end under load',
    ['test/integration/gateway.drain.spec.ts', 'test/e2e/ending.e2e.spec.ts'],
  ],
  [7, 'Restarts with sessions that come back', ['test/integration/supervisor.spec.ts']],
  [
    8,
    'One of two servers with one store is killed, or stands still',
    ['test/integration/redis-session-store.spec.ts'],
  ],
  [
    9,
    'The store of sessions is gone, slow, or silent',
    ['test/integration/sessions.redis.spec.ts', 'test/integration/redis-session-store.spec.ts'],
  ],
  [10, 'The leader of several servers is killed', 'does not apply: no server leads the others'],
  [11, 'Thousands of idle sessions', []],
  [12, 'A network that is cut (half-open connections)', []],
  [13, 'Clients that are alive to the kernel only', []],
  [14, 'A reader that does not read', ['test/integration/gateway.limits.spec.ts']],
  [15, 'Handshakes that drip', []],
  [16, 'A flood of connections', ['test/integration/gateway.upgrade.spec.ts']],
  [17, 'Messages too large, compressed, in crumbs', ['test/integration/gateway.limits.spec.ts']],
  [18, 'The cases of RFC 6455', ['test/rfc6455/rfc6455.spec.ts', 'test/rfc6455/interoperation.spec.ts']],
  [19, 'Any bytes on a connection', ['test/e2e/hostile-frames.e2e.spec.ts']],
  [
    20,
    'Mutated messages',
    ['test/integration/gateway.fuzz.spec.ts', 'test/integration/validation-verdicts.spec.ts'],
  ],
  [
    21,
    'Repositories that attack',
    [
      'test/e2e/attack-corpus.programs.e2e.spec.ts',
      'test/e2e/attack-corpus.layout.e2e.spec.ts',
      'test/e2e/attack-corpus.arguments.e2e.spec.ts',
      'test/e2e/attack-corpus.contents.e2e.spec.ts',
    ],
  ],
  [
    22,
    'Secrets and the environment',
    ['test/integration/git-cli.spec.ts', 'test/integration/git-remotes-http.spec.ts'],
  ],
  [
    23,
    'Remotes that lead inside',
    [
      'test/e2e/attack-corpus.remotes.e2e.spec.ts',
      'test/integration/git-remotes.spec.ts',
      'test/integration/git-remotes-http.spec.ts',
      'src/git/remotes/remote-policy.service.spec.ts',
    ],
  ],
  [
    24,
    'Foreign origins, hosts, tokens',
    [
      'test/integration/gateway.upgrade.spec.ts',
      'test/integration/gateway.resume.spec.ts',
      'test/integration/auth.jwt.spec.ts',
    ],
  ],
  [25, 'The clock jumps', []],
  [26, 'The process stands still', ['test/integration/sessions.heartbeat.spec.ts']],
  [27, 'Five times more than it can do', []],
  [28, 'A noisy neighbour', []],
  [
    29,
    'A remote that fails and heals',
    [
      'src/resilience/breaker/circuit-breaker.spec.ts',
      'src/git/remotes/remote-circuits.service.spec.ts',
      'test/e2e/symptoms.e2e.spec.ts',
    ],
  ],
  [30, 'Cancelled by the hundred', ['test/e2e/mcp-doors.e2e.spec.ts']],
  [31, 'A flood of output', []],
  [32, 'Hours of clients that come and go', []],
  [33, 'A planted leak', ['test/e2e/symptoms.e2e.spec.ts']],
  [34, 'More sessions than places', ['test/integration/gateway.limits.spec.ts']],
  [35, 'Emergency recovery', ['test/integration/emergency.spec.ts', 'test/e2e/symptoms.e2e.spec.ts']],
  [
    36,
    'Stored sessions that are damaged',
    ['src/sessions/store/file-session.store.spec.ts', 'test/integration/sessions.restore.spec.ts'],
  ],
  [37, 'Levels of the log changed while it runs', ['src/observability/log/log-levels.service.spec.ts']],
  [38, 'State that another version wrote', ['src/sessions/store/file-session.store.spec.ts']],
  [39, 'Repositories that are damaged', ['test/integration/git-odd-repositories.spec.ts']],
  [40, 'Configuration files that are damaged', ['src/config/load-config.spec.ts']],
];

/** What is to be known of the limits of a row. */
export const FAULT_REMARKS = [
  [
    3,
    'Who waits for a lock in vain is told `repository_busy`, as the protocol has it, and when to come again.',
  ],
  [
    6,
    'Aimed at are 100 ms until the server is not ready, whatever it does. A machine on which a probe takes longer than a third of that even before the end is asked for is given three times what a probe takes.',
  ],
  [7, 'Who cannot be resumed is told `session_expired`, as the protocol has it.'],
  [
    8,
    'A server is silent for 8 s before others take it for dead, and who asks for its sessions until then is told to come again after a second. A socket whose session has been taken over is closed with 4409, as the protocol has it. The former owner stands still until all are taken over, in the long form 30 s more.',
  ],
  [
    11,
    'Aimed at are 250 ms. Where a server that does nothing but `ws` needs more than a quarter of that in the same run, four times its time is allowed. The event loop may be late by 20 ms, or by twice what it is late at most without any session, for as long and in the same run: what is compared is its longest delay while it sends heartbeats to all.',
  ],
  [
    14,
    'Aimed at is that others wait a tenth longer than usual at most. Answers of 1 MB are made, masked and encoded on the one event loop, each step of each answer in a turn of its own, and who has a short question waits for one such step: their p99 is several times the usual while such answers are made, read or not. What is asked is that a reader who does not read costs others no more than a tenth over one who takes the same, beside whom they are measured in the same run, in the median of five rounds. An answer has a budget, and git is ended where the budget is: its output never waits for a client.',
  ],
  [
    17,
    'The memory is compared with that after the first sixty attacks: those find a heap that has not yet grown to its usual size. Nobody agrees on compression here, so that a compressed message breaks the protocol (1002) and is not inflated.',
  ],
  [
    18,
    'The cases that a rule of this server answers are 1.2, 9.1.4 to 9.1.6, 9.2, 9.3, 9.4, 9.6 and 9.8 of the suite: it sends binary messages (1003: the dialect is text), more than 1 MiB (1009) or more than 256 fragments (1008), and would take an echo or such a close. All others are answered as the standard says.',
  ],
  [
    19,
    'What is compared is the heap that major collections leave: what the process has resident moves by more than 5 % between two of them.',
  ],
  [
    21,
    'Each tool is called in repositories in which every program of the corpus is named at once, and in one of each layout that leads out, by a server whose own environment is hostile as well. Of the arguments the short form gives each text field an option that writes a file, long and short, a program, a repository outside, a shell and a ref that is an option; the long form and the files named give it all. Contents and Git LFS are attacked by the files named.',
  ],
  [
    22,
    'Looked at is every process of git that the server starts while all its tools are called. Beside the fixed variables one may have the time zone, author and committer, the index, objects and common folder of its repository, and settings of its command.',
  ],
  [
    23,
    'Addresses inside are refused in every spelling, before anybody is connected to. Names that change what they stand for, and hosts that send on, are those of a network of its own, in which git by itself is led inside.',
  ],
  [
    24,
    'A token may also be shown by `initialize`: who comes without one is let in and served no tool. A token in a URL is none. The token of a session is dead with the first frame of whoever has come back with it.',
  ],
  [
    27,
    'The best is what is done where as many run as can and nobody waits: a write to each of four repositories, and reads in the places that are left, as it is in the overload. Nine tenths are asked in the long form, three quarters in the short one, whose rounds last two seconds. What server and clients take of the processors is shown; overload by itself is in [performance](performance.md). Reads wait as long as the queue is, a few times longer where many of those before them write; writes to one repository come one after the other and wait for their turn up to `git.lockTimeout`.',
  ],
  [
    28,
    'Aimed at is twice the usual. On two cores four loops of `git diff` outside the server, started by nobody that it knows, cost the others more than that; asked is no more than half as much again as those. Places are shared between principals, and the share of one between its sessions: who has one session and asks for more than its share has as much done as who has eight.',
  ],
  [
    30,
    'Of calls that are cancelled every other one is a git that heeds no end, and is killed after `git.killGrace`: its place stays taken for as long, since it uses the machine. Aimed at are 100 ms; where a ping or a `git_log` by itself is slow in the same run, twice its time is allowed.',
  ],
  [
    33,
    'A server that keeps 1 KB of each of 500 messages a second, and whose heap is collected twice a second: a trend needs 20 collections, each at least a second after the one before.',
  ],
];
