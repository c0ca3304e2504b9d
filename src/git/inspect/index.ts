import { AncestryReader } from './ancestry.reader.js';
import { ContributorsReader } from './contributors.reader.js';
import { DescribeReader } from './describe.reader.js';
import { FsckReader } from './fsck.reader.js';
import { GrepReader } from './grep.reader.js';
import { IndexListing } from './index-listing.reader.js';
import { MergeTreeReader } from './merge-tree.reader.js';
import { RefusedSettings } from './refused-settings.js';
import { RefLister } from './ref.lister.js';
import { ReflogReader } from './reflog.reader.js';
import { RevisionInspector } from './revision.inspector.js';
import { SeriesReader } from './series.reader.js';
import { TrackedFolders } from './tracked-folders.js';
import { TreeishResolver } from './treeish.resolver.js';
import { TreeLister } from './tree.lister.js';

/** What is asked of index, trees, refs and history beside the port; provided and exported. They need the reads. */
export const INSPECT_SERVICES = [
  AncestryReader,
  ContributorsReader,
  DescribeReader,
  FsckReader,
  GrepReader,
  IndexListing,
  MergeTreeReader,
  RefLister,
  RefusedSettings,
  ReflogReader,
  RevisionInspector,
  SeriesReader,
  TrackedFolders,
  TreeishResolver,
  TreeLister,
];
