import { BranchEditor } from './branch.editor.js';
import { TagLister } from './tag.lister.js';
import { TagVerifier } from './tag.verifier.js';
import { TagWriter } from './tag.writer.js';

/** What is done to branches and tags beside the ports; provided and exported. */
export const REF_SERVICES = [BranchEditor, TagLister, TagVerifier, TagWriter];
