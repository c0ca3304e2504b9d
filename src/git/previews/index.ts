import { ChangePreviews } from './change-previews.service.js';
import { StagedChanges } from './staged-changes.reader.js';

/** What changes would do. */
export const GIT_PREVIEWS = [ChangePreviews];

export const GIT_PREVIEW_PROVIDERS = [StagedChanges, ...GIT_PREVIEWS];
