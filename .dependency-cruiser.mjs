// The direction of src/README in docs/architecture.md: each layer may use the ones before it, never one after it.
const layers = [
  ['shared'],
  ['config'],
  ['observability', 'resources'],
  ['auth', 'resilience', 'validation'],
  ['sessions', 'git'],
  ['heartbeat', 'tools'],
  ['mcp'],
  ['gateway'],
  ['diagnostics', 'recovery'],
  ['admin', 'health'],
];

const upward = layers.flatMap((layer, index) =>
  layer.map((module) => ({
    name: `${module}-looks-down-only`,
    severity: 'error',
    from: { path: `^src/${module}/` },
    to: {
      path: '^src/',
      pathNot: `^src/(${[...layers.slice(0, index).flat(), module].join('|')})/`,
    },
  })),
);

const spawners =
  '^src/(git/spawner/start-process|git/cli/parent-death-guard|git/git-spawner\\.host|git/spawner/spawner\\.main|git/libgit2-worker\\.pool|supervisor/.*)\\.ts$';

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...upward,
    {
      name: 'only-the-runners-spawn',
      severity: 'error',
      from: { path: '^src/', pathNot: `(${spawners}|\\.spec\\.ts$)` },
      to: { path: '^(node:)?child_process$' },
    },
    {
      name: 'only-the-worker-loads-libgit2',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/git/libgit2/' },
      to: { path: 'node_modules/nodegit' },
    },
    {
      name: 'no-test-code-in-the-product',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(test|bench)/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
