import { AncestryReader } from './ancestry.reader.js';
import { DescribeReader } from './describe.reader.js';
import { GrepReader } from './grep.reader.js';
import { IndexListing } from './index-listing.reader.js';
import { RefLister } from './ref.lister.js';
import { RevisionInspector } from './revision.inspector.js';
import { TreeishResolver } from './treeish.resolver.js';
import { TreeLister } from './tree.lister.js';

/** What is asked of index, trees, refs and history beside the port; provided and exported. They need the reads. */
export const INSPECT_SERVICES = [
  AncestryReader,
  DescribeReader,
  GrepReader,
  IndexListing,
  RefLister,
  RevisionInspector,
  TreeishResolver,
  TreeLister,
];
