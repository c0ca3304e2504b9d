import { profileTable } from './profile-text.mjs';

export function isKept({ ratio, target: { atLeast, atMost } }) {
  if (atLeast !== undefined) return ratio >= atLeast;
  return atMost === undefined ? undefined : ratio <= atMost;
}

/** Why a target is missed, as far as it is known. */
const REASONS = [
  [/^ping/, 'The quartiles lie on both sides of the target: other work ran beside it.'],
  [
    /^start to the first/,
    'With V8’s code cache (decision 0007) what is left is about half running modules and making the application, the rest reading the configuration, describing the tools, and Node itself.',
  ],
  [
    /nothing kept/,
    'With eight in flight the server shares two processors with the client, and its one event loop is the limit; what it spends its time on stands in the table below. What a call has read is read again by the next one, but what those that arrive together ask alike. The repository is written as git fast-import writes it: a git_show takes some 185 streams of zlib apart, 31 KB (205 and 64 KB of 50,000 files), a git_diff over three commits 313, 8 for each object, since most are a chain of deltas. To let the workers read them takes four fifths of that off the event loop and costs twice as much processor time, which two processors do not have.',
  ],
  [
    /^git_status.*in flight/,
    'A worker looks at every file and folder, which has more than half of the time; the rest is the protocol and the door.',
  ],
  [
    /^git_(log|show|diff|branch).*in flight/,
    'The answer is known; what is measured is the protocol, the door and the client. Of the 205 µs of the server’s processor that git_branch over HTTP takes with eight in flight, by the profile 45 are the SDK’s (what a message is, its schemas, its context and signals), 35 reading and writing the socket, 30 looking at the repository, which those that come together share, 25 the collection of garbage, and the rest what every call passes: validation, admission, the session, metrics. With one in flight nothing is shared, and server and client wait for each other: 600 µs from call to call of git_log.',
  ],
  [
    /^git_log all/,
    'Walked by git in a process; each commit of its output is then read into the answer, while git beside it only prints. A thousand take less than git alone where nothing else wants the processors (10.4 ms to 12.0), and more where the two processes have to wait for them.',
  ],
  [/^git_blame/, 'git’s own process; what it prints for each line is then read into the answer.'],
  [
    /^growth of the memory of git_branch contains/,
    'Of 50,000 branches a worker makes a list, as for each of their commits it is to be found whether it reaches the one asked for: the first call takes 68 MiB in the worker and 13 in the server that the list is sent to, and each further one leaves 7 and 10 MiB to be collected, for which V8 waits until the heaps have grown. git looks at one ref after the other.',
  ],
  [
    /^git_cherry.*again/,
    'In the commit measured, whoever asked again at once waited until it was found what the answer depends on; that is now looked for a tenth of a second later.',
  ],
  [
    /^git_describe/,
    'git takes the same 2.0 ms with our settings and without. To look up the commit (0.45 ms) begins once git has been started: before, the kernel would put the spawner on the processor that reads. From the order to a running git the spawner takes 0.9 ms, 0.8 where it is asked again at once; then the answer takes as long as git.',
  ],
  [
    /^git_merge_tree/,
    'Where small files were changed by one side each, the server merges the trees itself; else a worker is asked in two messages and reads each tree in a turn of its threads, and what both have changed two processes of git tell. Beside what git’s command says come the files with their counts.',
  ],
  [
    /bytes of the diff/,
    'A file of more than 512 KiB is left to git, whose output can be stopped early; its size is seen in the pack before a worker is asked. What is left is git itself and its output, which is read into the answer. libgit2, let to make the patch of a megabyte, takes 11.2 ms, so that it wins nothing.',
  ],
  [
    /^git_status, 10,000 files/,
    'Its index has 0.9 MB, just below the mebibyte up to which a worker looks at all files and folders before git is asked, so that a later call needs no git: the first one does both, one after the other. At the same time they would tell of different moments.',
  ],
  [
    /^git_show, 100,000 files/,
    'Its index has more than 8 MiB, which the server does not read itself to know where attributes are tracked: a worker reads it, once for each change.',
  ],
  [
    /^git_status, [\d,]+ (commits|branches)/,
    'An index that is younger than a tenth of a second is read by git as it is, and no answer about it is given again.',
  ],
  [
    /^git_branch contains/,
    'Of 50,000 branches a worker makes a list (60 ms of processor by the profile), which is sent to the server (60 ms more), and another question finds which of their commits reach the one asked for; git does all of it in one process.',
  ],
  [
    /capacity$/,
    'Clients and server share the processors; what the clients take stands in rows of its own. Since git_status is answered again without a process, it costs some 350 µs of the server’s processor and a refusal some 25: by the profile a third of that for parsing and answering it, two thirds for reading and writing a socket. At five times the capacity four are refused for each that is answered, which takes a fifth of the processor. Those who are accepted wait for 1.0 to 1.2 times a full queue in nearly every tenth of a second. The 99th percentile tells of the longest stops in five seconds, which are collections of garbage: a mark-sweep comes every two to three seconds, takes some 20 ms of the event loop in steps and 8 to 13 more at its end, together a full queue’s time. Calls that read wait at the door as they came; so scavenges take 270 to 300 ms of 3 seconds of five times the capacity in place of 420, a call was answered 1.0 to 1.3 times as often as at the capacity where it was 0.85, and the 99th percentile was 1.6 to 2.1 times a full queue where it was 2.7 to 2.8. What makes mark-sweeps necessary is what a call leaves in the old generation: 12 KB of a git_status at first, 9 without the checks that the SDK made of each request before it served it (an error of zod’s is 1.2 KB), 4 to 5 with 10 calls in flight and 6 to 7 with 100 since a call makes one AbortSignal in place of five (Node 20 changes the prototype of each after it is made, which leaves 0.6 KB of hidden classes), adds to no literal that it has spread (75 to 250 bytes each) and goes through no map that is emptied all the time (158 bytes). By a sampled profile of the heap with what a full collection has found, the SDK’s own signal has 0.9 KB of the rest, timers and closures of deadlines 0.5, AsyncLocalStorage 0.4. A larger young generation makes fewer and longer collections (32 MiB 5.6 ms, 64 MiB 9.4 ms, with 45 and 90 MB more memory), and V8 refuses its code cache under another flag, so that a start takes half a second more. One thread of V8’s beside the event loop in place of four changes nothing that stands out of the noise.',
  ],
  [
    /beside a diff/,
    'git makes the diff on one of two processors, which the pings of bare ws notice as well (the row after it). Of its output a mebibyte is decoded as it comes, read, hashed, paged and kept for the next page: by the profile 2.5 ms of processor time for each diff, in turns of at most 0.9 ms, or of 3 ms where the text is not ASCII alone. What is left are collections of garbage: V8 marks its old generation whenever a quiet server has taken some 8 MB, which stops the event loop for 4 to 14 ms at the end and for 3 to 23 ms in steps before, while its helping threads want both processors. By V8’s trace 48 diffs take 2 of them, 6 before: the server looked at every process of the machine to know that a git had ended, with 64 KiB of memory for each. A diff still takes 1.1 MB to read the pipe and 1 MB that is kept.',
  ],
  [
    /^git_range_diff/,
    'git lists each version with a process of its own, one after the other, and takes as long for us. The commits and their merge base are looked up meanwhile (0.45 ms for eight commits, of what was 1 ms before git), but the spawner and the listing want both processors then. Asked again at once, the answer waits until a worker has found which attributes have a say in it: it reads a hundred trees, at 0.07 ms each.',
  ],
  [
    /^git_diff_branches/,
    'Few and small text files that can be compared in one way only are read and compared in the server, in 0.5 ms where its caches are warm; all others are compared by a worker, whose reading, comparing and printing are four turns of its threads (1.0 ms), beside 0.7 ms for finding the merge base and asking.',
  ],
  [
    /^git_.*files/,
    'Asked through a worker or a small process beside the server, where git alone is one process: on busy processors each waits for its turn. See the load.',
  ],
];

/** @param plot of a section, where there are any */
export function markdown({ machine, at, sections, profiles }, plot) {
  const rows = sections.flatMap((section) => section.rows);
  const promised = rows.filter(({ kept }) => kept !== undefined);
  const missed = promised.filter(({ kept }) => !kept);
  return `# Performance

Written by \`npm run bench\` at ${at}. Every figure is a ratio against a peer or a limit that was measured in the same
rounds: the median over the rounds, and in brackets the quartiles. ${promised.length - missed.length} of ${promised.length} targets are kept.

${Object.entries(machine)
  .map(([name, value]) => `- ${name}: ${value}`)
  .join('\n')}

The load is the number of processes that wanted a processor in the minute before and after a bench. Above the number of
processors other work ran beside it: what costs the least time of its own then waits the longest in proportion.

${sections.map((section) => sectionText(section, machine.commit, plot)).join('\n')}
${missedText(missed)}${profileText(profiles)}`;
}

function missedText(missed) {
  if (missed.length === 0) return '';
  const reasons = new Map();
  for (const { what } of missed) {
    const reason = REASONS.find(([pattern]) => pattern.test(what))?.[1] ?? 'Not looked into.';
    reasons.set(reason, [...(reasons.get(reason) ?? []), what]);
  }
  const lines = [...reasons].map(([reason, rows]) => `- ${rows.join('; ')}. ${reason}`);
  return `## What is missed\n\n${lines.join('\n')}\n`;
}

function profileText(profiles = []) {
  if (profiles.length === 0) return '';
  return `
Where the time goes, by a profile of each load that is missed, taken after the benches: microseconds of the server’s
event loop for a call, with their share of all. What works beside it are its workers and its git processes.

${profileTable(profiles)}
`;
}

function sectionText(section, newest, plot) {
  const { title, load, rows, commit = newest, at } = section;
  const when = commit === newest ? '' : ` Measured earlier, at commit ${commit} (${at}).`;
  const head = `## ${title}\n\nLoad ${load.join(' before, ')} after.${when}\n`;
  if (rows.length === 0) return `${head}\nNothing was measured.\n`;
  const lines = rows.map(
    ({ what, against, ratio, low, high, target, kept }) =>
      `| ${what} | ${against} | ${ratio} (${low} to ${high}) | ${targetText(target)} | ${kept === undefined ? '' : kept ? 'kept' : 'missed'} |`,
  );
  const table = ['| what | against | ratio | target |  |', '| --- | --- | --- | --- | --- |', ...lines].join(
    '\n',
  );
  return `${head}\n${plot === undefined ? '' : `${plot(section)}\n\n`}${table}\n`;
}

function targetText({ atLeast, atMost }) {
  if (atLeast !== undefined) return `at least ${Number(atLeast.toFixed(2))}`;
  return atMost === undefined ? '' : `at most ${atMost}`;
}
