import { ConflictReader } from './conflict.reader.js';
import { ConflictResolver } from './conflict.resolver.js';
import { UnionMerger } from './union.merger.js';

/** What is in conflict, and what settles it. */
export const CONFLICT_SERVICES = [ConflictReader, ConflictResolver];

/** Needs GIT_CLI, the writers, and of the operation log what restores files. */
export const CONFLICT_PROVIDERS = [UnionMerger, ...CONFLICT_SERVICES];
