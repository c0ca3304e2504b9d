import { Archiver } from './archiver.js';
import { Bundler } from './bundler.js';
import { ObjectStoreKeeper } from './object-store.keeper.js';
import { OutputFiles } from './output-files.service.js';

/** The object store itself, and files made of it; provided and exported. They need the reads and the writers. */
export const STORAGE_SERVICES = [Archiver, Bundler, ObjectStoreKeeper, OutputFiles];
