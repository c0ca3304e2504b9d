import { SubmoduleCloner } from './submodule.cloner.js';
import { SubmoduleLister } from './submodule.lister.js';
import { SubmoduleWork } from './submodule-work.reader.js';
import { SubmoduleWriter } from './submodule.writer.js';

/** Repositories within the work tree; provided and exported. */
export const SUBMODULE_SERVICES = [SubmoduleCloner, SubmoduleLister, SubmoduleWork, SubmoduleWriter];
