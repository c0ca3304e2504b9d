export type Setting = readonly [key: string, value: string];

/**
 * Settings that name programs, or move where git reads and writes. None of them is the repository's to choose while
 * it is untrusted; given through the environment, they win over its configuration.
 */
const NOTHING_RUNS: readonly Setting[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.attributesFile', '/dev/null'],
  ['mailmap.file', '/dev/null'],
  ['core.alternateRefsCommand', 'true'],
  ['core.pager', 'cat'],
  ['safe.bareRepository', 'explicit'],
  ['protocol.ext.allow', 'never'],
  ['credential.helper', ''],
  ['credential.interactive', 'false'],
  ['http.proxy', ''],
  ['http.followRedirects', 'false'],
  ['diff.external', ''],
  ['gpg.program', 'false'],
  ['gpg.openpgp.program', 'false'],
  ['gpg.x509.program', 'false'],
  ['gpg.ssh.program', 'false'],
  ['gpg.ssh.defaultKeyCommand', ''],
  ['log.showSignature', 'false'],
  ['merge.verifySignatures', 'false'],
  ['commit.gpgSign', 'false'],
  ['tag.gpgSign', 'false'],
  ['push.gpgSign', 'false'],
  ['submodule.recurse', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['push.recurseSubmodules', 'no'],
  ['transfer.bundleURI', 'false'],
];

/** As Gitaly runs git: no work in the background, durable writes, patience with locks, checked objects. */
const DURABLE: readonly Setting[] = [
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['core.useReplaceRefs', 'false'],
  ['core.fsync', 'objects,derived-metadata,reference'],
  ['core.fsyncMethod', 'fsync'],
  ['core.packedRefsTimeout', '10000'],
  ['core.filesRefLockTimeout', '1000'],
  ['core.protectHFS', 'true'],
  ['core.protectNTFS', 'true'],
  ['transfer.fsckObjects', 'true'],
  // Old and harmless faults of well-known repositories, which would else be impossible to clone.
  ...['fetch', 'receive'].flatMap((side): Setting[] =>
    ['badTimezone', 'missingSpaceBeforeDate', 'zeroPaddedFilemode'].map((id) => [
      `${side}.fsck.${id}`,
      'ignore',
    ]),
  ),
];

/** Output that the parsers rely on, and behaviour that the tools promise whatever the repository prefers. */
const PREDICTABLE: readonly Setting[] = [
  ['core.quotePath', 'false'],
  ['color.ui', 'false'],
  ['column.ui', 'never'],
  ['i18n.commitEncoding', 'UTF-8'],
  ['i18n.logOutputEncoding', 'UTF-8'],
  ['log.mailmap', 'false'],
  ['diff.noprefix', 'false'],
  ['diff.mnemonicPrefix', 'false'],
  ['diff.relative', 'false'],
  ['diff.orderFile', '/dev/null'],
  ['diff.submodule', 'short'],
  ['diff.suppressBlankEmpty', 'false'],
  ['commit.status', 'false'],
  ['merge.autoStash', 'false'],
  ['merge.renormalize', 'false'],
  ['merge.log', 'false'],
  ['merge.branchdesc', 'false'],
  ['rebase.backend', 'merge'],
  ['rebase.autoStash', 'false'],
  ['rebase.autoSquash', 'false'],
  ['rebase.updateRefs', 'false'],
  ['rebase.rebaseMerges', 'false'],
  ['rerere.enabled', 'false'],
];

export const FIXED_SETTINGS: readonly Setting[] = [...NOTHING_RUNS, ...DURABLE, ...PREDICTABLE];

/** Of networks, of what is written and how: a command that reads here heeds none of them. */
const OF_CHANGES =
  /^(?:gc|maintenance|transfer|fetch|receive|push|rebase|rerere|commit|tag|credential|http|protocol)\.|^core\.(?:fsync|packedRefsTimeout|filesRefLockTimeout)/;

/** Without those: git takes 10 µs for each setting, which is a part of a read that one notices. */
export const READING_SETTINGS: readonly Setting[] = FIXED_SETTINGS.filter(([key]) => !OF_CHANGES.test(key));

/** For a copy of the index: all that git can note in it, at once, and in one file that nobody has to keep. */
export const INDEX_COPY_SETTINGS: readonly Setting[] = [
  ['core.untrackedCache', 'true'],
  ['core.splitIndex', 'false'],
  ['core.fsync', 'none'],
  // Writing an index runs a hook, in repositories that may have hooks. Reading does not.
  ['core.hooksPath', '/dev/null'],
];

/** The few that a process for the other end of a `file` remote needs, which git starts without our environment. */
export const FAR_SIDE_SETTINGS: readonly Setting[] = [
  ...NOTHING_RUNS.filter(([key]) => key.startsWith('core.') || key.startsWith('safe.')),
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['receive.autoGC', 'false'],
  ['receive.denyCurrentBranch', 'refuse'],
  ['transfer.fsckObjects', 'true'],
  // What was done here, and to what, is no business of another repository.
  ['transfer.hideRefs', 'refs/mcp-git'],
];
