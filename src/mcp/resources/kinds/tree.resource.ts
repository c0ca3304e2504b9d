import { Injectable } from '@nestjs/common';

import { GitConfig } from '../../../config/sections/index.js';
import { type TreeEntry } from '../../../git/reads/tree-output.parser.js';
import { nameText } from '../../../git/reads/tree-path.js';
import { TreeReader } from '../../../git/reads/tree.reader.js';
import { type Repository } from '../../../git/repository.js';
import { type JsonObject } from '../../../shared/json.js';
import { jsonList } from '../json-content.js';
import { type AddressOf, type KindContent, type ResourceKind } from '../resource-kind.js';
import { formatResourceUri } from '../resource-uri.js';

@Injectable()
export class TreeResource implements ResourceKind<'tree'> {
  readonly kind = 'tree';
  readonly listed = false;
  readonly ofWorkTree = false;
  readonly template = {
    uriTemplate: 'git:///{repository}/tree/{revision}/{+path}',
    name: 'tree',
    title: 'A folder at a revision',
    description:
      'What a folder of a commit holds, as JSON: name, type, object id, size and the URI of each entry. An empty path is the top.',
    mimeType: 'application/json',
  };

  constructor(
    private readonly trees: TreeReader,
    private readonly config: GitConfig,
  ) {}

  async read(
    { revision, path }: AddressOf<'tree'>,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<KindContent | undefined> {
    const tree = await this.trees.tree(repository, revision, path, signal);
    if (!tree) return undefined;
    const folder = path.toString('latin1').replace(/\/$/, '');
    const items = tree.entries.map((entry) => entryJson(entry, { repository, commit: tree.commit, folder }));
    const head = { repository: repository.path, commit: tree.commit, path: nameText(folder) };
    return jsonList(head, 'entries', items, this.config.maxOutputBytes);
  }
}

interface Place {
  readonly repository: Repository;
  readonly commit: string;
  /** One character a byte. */
  readonly folder: string;
}

/** The URI names the commit, not the revision: it leads to what was listed, also when a branch has moved since. */
function entryJson({ name, type, sha, size }: TreeEntry, { repository, commit, folder }: Place): JsonObject {
  const path = Buffer.from(folder === '' ? name : `${folder}/${name}`, 'latin1');
  const kind = type === 'folder' ? 'tree' : 'file';
  const uri = formatResourceUri({ kind, repository: repository.path, revision: commit, path });
  return {
    name: nameText(name),
    path: path.toString('utf8'),
    type,
    sha,
    ...(size !== undefined && { size }),
    // A nested repository is in this one by its id only.
    ...(type !== 'submodule' && { uri }),
  };
}
