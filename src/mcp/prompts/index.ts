import { type Provider } from '@nestjs/common';

import { BRANCH_STRATEGY } from './branch-strategy.prompt.js';
import { CHANGELOG_GENERATION } from './changelog-generation.prompt.js';
import { CI_FAILURE_ROOT_CAUSE } from './ci-failure-root-cause.prompt.js';
import { CODE_REVIEW } from './code-review.prompt.js';
import { COMMIT_MESSAGE } from './commit-message.prompt.js';
import { GIT_TROUBLESHOOTING } from './git-troubleshooting.prompt.js';
import { GIT_WORKFLOW_GUIDE } from './git-workflow-guide.prompt.js';
import { GITHUB_ACTIONS_FAILURE_ANALYSIS } from './github-actions-failure-analysis.prompt.js';
import { MERGE_CONFLICT_RESOLUTION } from './merge-conflict-resolution.prompt.js';
import { PR_DESCRIPTION } from './pr-description.prompt.js';
import { PR_READINESS_ASSESSMENT } from './pr-readiness-assessment.prompt.js';
import { PROMPTS } from './prompt.js';
import { PromptReads } from './prompt.reads.js';
import { PromptSource } from './prompt.source.js';
import { RELEASE_NOTES } from './release-notes.prompt.js';
import { type PromptRecipe, RepositoryPrompt } from './repository.prompt.js';

/** In the order in which clients see them. */
export const PROMPT_RECIPES: readonly PromptRecipe[] = [
  COMMIT_MESSAGE,
  PR_DESCRIPTION,
  RELEASE_NOTES,
  CODE_REVIEW,
  MERGE_CONFLICT_RESOLUTION,
  GIT_WORKFLOW_GUIDE,
  BRANCH_STRATEGY,
  GIT_TROUBLESHOOTING,
  CHANGELOG_GENERATION,
  GITHUB_ACTIONS_FAILURE_ANALYSIS,
  CI_FAILURE_ROOT_CAUSE,
  PR_READINESS_ASSESSMENT,
];

/** All prompts, bound to PROMPTS. They need the git and resilience modules and the configuration. */
export const PROMPT_PROVIDERS: Provider[] = [
  PromptReads,
  PromptSource,
  {
    provide: PROMPTS,
    useFactory: (source: PromptSource) =>
      PROMPT_RECIPES.map((recipe) => new RepositoryPrompt(recipe, source)),
    inject: [PromptSource],
  },
];
